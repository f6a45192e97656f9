"""What a database can keep at all: texts, moments and numbers are checked here before they go anywhere."""

import math
from datetime import UTC, datetime

from ..errors import EventRefusedError

SHOWN = 80
"""Characters of a wrong value that a message repeats."""


def text(name: str, value: object, longest: int | None = None) -> str:
    """Check a text.

    Raises
    ------
    EventRefusedError
        If it is no text, empty, longer than ``longest``, or holds a NUL byte or half a character.
    """
    if not isinstance(value, str) or not value:
        raise _refused(f"{name} is no text", value, "at least one character")
    if longest is not None and len(value) > longest:
        raise _refused(f"{name} is too long: {len(value)} characters", value, f"at most {longest}")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise _refused(f"{name} holds what is no character", value, "Unicode without NUL and lone surrogates")
    return value


def moment(name: str, value: object) -> datetime:
    """Check a moment and give it in UTC.

    Raises
    ------
    EventRefusedError
        If it has no time zone.
    """
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise _refused(f"{name} is no moment with a time zone", value, "a datetime that knows its time zone")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise _refused(f"{name} is outside the calendar", value, "years 1 to 9999 in UTC") from error


def number(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> float:
    """Check a number and give it as Python's own.

    Raises
    ------
    EventRefusedError
        If it is no number, not finite, or outside the bounds.
    """
    try:
        found = math.nan if isinstance(value, (str, bytes, bool)) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or not low <= found <= high:
        bounds = f" from {low:g} to {high:g}" if math.isfinite(low) else ""
        raise _refused(f"{name} is no finite number{bounds}", value, f"a finite number{bounds}")
    return found


def _refused(wrong: str, value: object, expected: str) -> EventRefusedError:
    return EventRefusedError(wrong, found=ascii(value)[:SHOWN], expected=expected, remedy="mend what gave this value")
