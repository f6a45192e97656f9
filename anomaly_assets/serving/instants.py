"""Instants as requests write them: with a time zone, within what a plant may live through, as whole microseconds."""

import re
from datetime import UTC, datetime, timedelta

from ..config import ServingConfig
from .refusals import malformed
from .writing import instant_text

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_SUCH_AS = "an instant with its time zone, such as 2024-01-15T09:23:11Z"


def instant_of(text: str, place: str) -> datetime:
    """Read an instant.

    Raises
    ------
    Refusal
        422, if it is none or lacks its zone.
    """
    shape = _DATE_TIME.fullmatch(text)
    if shape is None:
        raise malformed(f"{place} is no instant", found=repr(text), expected=_SUCH_AS)
    if shape["zone"] is None:
        raise malformed(f"{place} names no time zone", found=text, expected=_SUCH_AS, remedy=f"if it is UTC: {text}Z")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise malformed(f"{place} is no instant", found=f"{text}: {error}", expected=_SUCH_AS) from None


def microseconds_of(text: str, place: str, config: ServingConfig) -> int:
    """Read an instant as microseconds since the Unix epoch.

    Raises
    ------
    Refusal
        422, if it is none, lacks its zone or lies beyond what the configuration takes for possible.
    """
    instant = instant_of(text, place)
    if not config.earliest <= instant <= config.latest:
        bounds = f"{instant_text(config.earliest)} to {instant_text(config.latest)}"
        raise malformed(f"{place} lies beyond what is taken for possible", found=text, expected=bounds)
    return (instant - _EPOCH) // _MICROSECOND
