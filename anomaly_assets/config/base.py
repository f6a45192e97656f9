"""The ground of every configuration model: frozen, unknown keys refused, durations written as 15m or 7d.

What a fleet or the platform may say belongs in the modules beside this one; reading files belongs in loader.py.
"""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*$")


class Model(BaseModel):
    """A frozen piece of configuration; a key nobody knows is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def parse_duration(text: Any) -> timedelta:
    """Read ``90s``, ``15m``, ``1h``, ``1d`` or ``2w`` as a positive duration."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.match(str(text))
    if match is None or float(match[1]) <= 0:
        raise ValueError(f"{text!r} is no duration; write a positive number and a unit, such as 90s, 15m, 1h, 1d or 2w")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def format_duration(duration: timedelta) -> str:
    """Write a duration the way a person would type it: the largest unit that divides it, 90s, 15m, 1d."""
    microseconds = round(duration / timedelta(microseconds=1))
    for unit in ("w", "d", "h", "m", "s", "ms"):
        size = round(timedelta(**{_UNITS[unit]: 1}) / timedelta(microseconds=1))
        if microseconds % size == 0 and not (unit == "w" and microseconds // size == 1):
            return f"{microseconds // size}{unit}"
    return f"{microseconds / 1e6}s"


def _identifier(name: Any) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", str(name)):
        raise ValueError(f"{name!r} is no identifier; use lower-case letters, digits and _, starting with a letter")
    return str(name)


def _not_empty(bounds: tuple[float, float]) -> tuple[float, float]:
    if not bounds[0] < bounds[1]:
        raise ValueError(f"range {list(bounds)} is empty; write [lowest, highest]")
    return bounds


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str)]
Identifier = Annotated[str, BeforeValidator(_identifier)]
Range = Annotated[tuple[float, float], AfterValidator(_not_empty)]
