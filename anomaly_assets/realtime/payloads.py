"""What a message says: readings, and beside them whatever in it can't be read, by the rule that it breaks.

A cell that can't be read costs no other cell. Nothing is judged here that cleaning judges.
"""

import json
import math
import reprlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..config import FleetConfig
from .topics import Place, Topics

SECOND = 1_000_000
"""In microseconds."""

_EARLIEST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp()) * SECOND
_LATEST = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) * SECOND
_LARGEST = 2**63 - 1
_MISSING = float("nan")
_TOPICS = 10_000
"""Topics that are looked at once and remembered."""


class Reading(NamedTuple):
    """What one unit said of one moment.

    Attributes
    ----------
    unit, topic : who said it, and where.
    time : microseconds since the epoch.
    seq : number of the message on its topic, -1 where it has none.
    cells : float64 of every sensor in the fleet's order as bytes, NaN where nothing is said.
    """

    unit: str
    topic: str
    time: int
    seq: int
    cells: bytes


class Reject(NamedTuple):
    """What can't be read: the rule it breaks, and what was found."""

    rule: str
    found: str


@dataclass
class Heard:
    """What came of one message."""

    readings: list[Reading] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 100


class _UnreadError(Exception):
    """An item, or a whole message, that says nothing; carries a `Reject`."""

    def __init__(self, rule: str, found: object) -> None:
        super().__init__(rule)
        self.reject = Reject(rule, _SHORT.repr(found))


@dataclass(frozen=True)
class Reader:
    """Reads the messages of one fleet.

    Attributes
    ----------
    fleet, topics : whose, and where they are published.
    most_bytes : of a message.
    """

    fleet: FleetConfig
    topics: Topics
    most_bytes: int

    @cached_property
    def _position(self) -> dict[str, int]:
        """Where a sensor's cell stands, by its name and by its name in the raw files; the former goes first."""
        named = {sensor.column: place for place, sensor in enumerate(self.fleet.sensors.values()) if sensor.column}
        return named | {name: place for place, name in enumerate(self.fleet.sensors)}

    @cached_property
    def _placed(self) -> Callable[[str], Place | None]:
        return lru_cache(maxsize=_TOPICS)(self.topics.place)

    @cached_property
    def _empty(self) -> "array[float]":
        return array("d", [_MISSING] * len(self.fleet.sensors))

    @cached_property
    def _sentinels(self) -> frozenset[float]:
        return frozenset(self.fleet.source.sentinels)

    @cached_property
    def _ahead(self) -> int:
        return self.topics.config.ahead // timedelta(microseconds=1)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.fleet.source.time_zone)

    def read(self, topic: str, payload: bytes, now: int) -> Heard:
        """Read one message.

        Parameters
        ----------
        topic, payload : as they came.
        now : microseconds since the epoch; what lies too far ahead of it comes from a wrong clock.
        """
        heard = Heard()
        try:
            place = self._place(topic)
            items = self._items(payload)
        except _UnreadError as unread:
            heard.rejects.append(unread.reject)
            return heard
        for item in items:
            try:
                heard.readings.append(self._reading(place, topic, item, now, heard.rejects))
            except _UnreadError as unread:
                heard.rejects.append(unread.reject)
        return heard

    def _place(self, topic: str) -> Place:
        place = self._placed(topic)
        if place is None:
            raise _UnreadError("bad_unit", topic)
        if place.sensor is not None and place.sensor not in self._position:
            raise _UnreadError("unknown_sensor", place.sensor)
        return place

    def _items(self, payload: bytes) -> list[Any]:
        if len(payload) > self.most_bytes:
            raise _UnreadError("too_long", f"{len(payload)} bytes")
        try:
            said = json.loads(payload.decode("utf-8"))
        except (ValueError, RecursionError):
            raise _UnreadError("not_json", payload) from None
        if said == []:
            raise _UnreadError("says_nothing", said)
        return said if isinstance(said, list) else [said]

    def _reading(self, place: Place, topic: str, item: Any, now: int, rejects: list[Reject]) -> Reading:
        if not isinstance(item, dict):
            raise _UnreadError("not_an_object", item)
        time = self._time(item.get("time"))
        if time > now + self._ahead:
            raise _UnreadError("far_future", item["time"])
        cells, said = self._empty[:], False
        for name, value in self._values(place, item):
            told = self._cell(name, value)
            if isinstance(told, Reject):
                rejects.append(told)
            else:
                cells[self._position[name]], said = told, True
        if not said:
            raise _UnreadError("says_nothing", item)
        return Reading(place.unit, topic, time, _number(item.get("seq"), rejects), cells.tobytes())

    def _time(self, said: Any) -> int:
        try:
            if isinstance(said, str):
                moment = datetime.fromisoformat(said)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
                time = _microseconds(moment)
            else:
                time = round(_finite(said) * SECOND)
        except (ValueError, OverflowError):
            raise _UnreadError("bad_time", said) from None
        if not _EARLIEST <= time < _LATEST:
            raise _UnreadError("bad_time", said)
        return time

    def _values(self, place: Place, item: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        if place.sensor is not None:
            yield place.sensor, item.get("value")
            return
        values = item.get("values")
        if not isinstance(values, dict):
            raise _UnreadError("no_values", values)
        yield from values.items()

    def _cell(self, name: str, value: Any) -> float | Reject:
        """Give a cell's number, NaN where the sensor says that it has none."""
        if name not in self._position:
            return Reject("unknown_sensor", _SHORT.repr(name))
        if value is None:
            return _MISSING
        try:
            number = _finite(value)
        except (ValueError, OverflowError):
            return Reject("not_a_number", f"{name}: {_SHORT.repr(value)}")
        return _MISSING if number in self._sentinels else number


def _finite(said: Any) -> float:
    if type(said) not in (int, float):
        raise ValueError(said)
    number = float(said)
    if not math.isfinite(number):
        raise ValueError(said)
    return number


def _number(said: Any, rejects: list[Reject]) -> int:
    """Give a message's number; one that can't be read is as none."""
    if said is None:
        return -1
    if type(said) is not int or not 0 <= said <= _LARGEST:
        rejects.append(Reject("bad_seq", _SHORT.repr(said)))
        return -1
    return int(said)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds
