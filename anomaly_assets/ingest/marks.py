"""Which version of each day has been taken into the warehouse, so that somebody who never looked knows what is new.

One small JSON file a fleet, replaced as a whole; losing it costs a second computation and nothing else.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from ..errors import IngestError


def marked(path: Path) -> dict[date, str]:
    """Read the version of every day that was taken; nothing where there is no file, or a damaged one."""
    with suppress(OSError, ValueError, AttributeError):
        document = json.loads(path.read_text(encoding="utf-8"))
        return {date.fromisoformat(day): str(version) for day, version in document.items()}
    return {}


def mark(path: Path, start: date, end: date, versions: Mapping[date, str]) -> None:
    """Note the versions of the days [start, end); days without one are empty.

    Raises
    ------
    IngestError
        If the disk is full or can't be written.
    """
    known = {day: version for day, version in marked(path).items() if not start <= day < end}
    known |= {day: version for day, version in versions.items() if start <= day < end}
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        beside.write_text(json.dumps({day.isoformat(): version for day, version in sorted(known.items())}))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise IngestError(
            f"what was taken can't be noted in {path}", found=str(error), remedy="free some space, then run it again"
        ) from error
