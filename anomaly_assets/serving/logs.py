"""What the service says: one JSON object a line on stderr, requests with their id; never a key, a body or a query."""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from .writing import instant_text

LOG = logging.getLogger(__name__)
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as one line: time, level, logger, message, whatever was given as ``extra``, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        told: dict[str, Any] = {
            "time": instant_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


class RequestLog:
    """Writes a line a request, in the same form; by itself, since a record of logging costs more than all else of it.

    Parameters
    ----------
    level : the least that is logged; a request is ``INFO``.
    stream : where to; stderr of the moment when not given.
    """

    def __init__(self, level: str, stream: TextIO | None = None) -> None:
        self._wanted, self._stream = logging.getLevelNamesMapping()[level] <= logging.INFO, stream

    def tell(self, told: dict[str, Any]) -> None:
        """Write the line of one request, where requests are logged at all."""
        if not self._wanted:
            return
        known = {"time": instant_text(datetime.now(UTC)), "level": "INFO", "logger": LOG.name, "message": "request"}
        stream = self._stream or sys.stderr
        with suppress(OSError, ValueError):  # nobody reads it any more; that is no reason to break an answer
            stream.write(json.dumps(known | told) + "\n")
            stream.flush()


def log_to(level: str, stream: TextIO | None = None) -> None:
    """Send what this service and its web server say to a stream, stderr when not given."""
    listener = logging.StreamHandler(stream or sys.stderr)
    listener.setFormatter(JsonLines())
    for name in ("anomaly_assets.serving", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [listener], False
        logger.setLevel(level)
