"""Values as JSON, the same bytes for the same values: numbers to the last bit, instants in UTC, text escaped."""

import json
from datetime import UTC, date, datetime
from typing import Any


def as_json(value: Any) -> bytes:
    """Write a value as JSON.

    Raises
    ------
    ValueError
        If a number in it is not finite.
    """
    return _ENCODER.encode(value).encode("ascii")


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC: ``2024-01-15T09:23:11Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _told(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


_ENCODER = json.JSONEncoder(
    ensure_ascii=True,  # half a surrogate pair, which UTF-8 can't hold, is written as it came
    allow_nan=False,
    separators=(",", ":"),
    default=_told,
)
