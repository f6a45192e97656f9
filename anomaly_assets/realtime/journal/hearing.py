"""What was heard, written down: readings once each, the numbers of messages, and what could not be read."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from ..payloads import Heard, Reading, Reject
from ..sequences import Arrival, Sequence
from .journal import Journal, Unit


@dataclass(frozen=True)
class Message:
    """A message, and what it says."""

    topic: str
    payload: bytes
    heard: Heard


@dataclass(frozen=True)
class Limits:
    """How much is kept: units, and of what could not be read rows and characters of a message."""

    rows: int
    payload: int
    units: int


def write_down(journal: Journal, messages: Iterable[Message], limits: Limits) -> Counter[str]:
    """Write messages into the journal, all or none; returns what was counted.

    Counted are ``messages``, ``readings`` (that were new), ``duplicates`` (that were there already), ``out_of_order``
    (older than the unit's latest, in time for their window), ``late`` (their window is scored), ``gaps`` (stretches of
    missing numbers), ``missing`` (numbers in them), ``filled`` (missing ones that came after all), ``restarts`` (of
    counting), ``quarantined`` and ``quarantined:<rule>``, one of which is ``too_many_units``.
    """
    with journal.lock:
        with journal.writing() as (connection, counted):
            hearing = _Hearing(journal, connection, counted, limits)
            for message in messages:
                hearing.note(message)
            hearing.end()
        journal.units.update(hearing.units)
        journal.sequences.update(hearing.sequences)
    return counted


def write_recalled(journal: Journal, readings: Iterable[Reading]) -> int:
    """Write readings into the journal that nobody has sent, to be looked back on; returns how many are new."""
    with journal.writing() as (connection, counted):
        before = connection.total_changes
        connection.executemany(_WRITE, map(_row, readings))
        recalled = connection.total_changes - before
        counted["recalled"] += recalled
    return recalled


TOO_MANY_UNITS = "too_many_units"
"""Rule that readings of a unit break for which there is no room any more."""

_WRITE = "INSERT OR IGNORE INTO readings (unit, time, seq, digest, cells) VALUES (?, ?, ?, ?, ?)"


def _row(reading: Reading) -> tuple[str, int, int, bytes, bytes]:
    digest = blake2b(reading.cells, digest_size=8).digest()
    return reading.unit, reading.time, reading.seq, digest, reading.cells


class _Hearing:
    """One transaction; the journal's memory changes once it is on the disk."""

    def __init__(self, journal: Journal, connection: sqlite3.Connection, counted: Counter[str], limits: Limits) -> None:
        self._journal, self._connection, self._counted, self._limits = journal, connection, counted, limits
        self.units: dict[str, Unit] = {}
        self.sequences: dict[str, Sequence] = {}
        self._room = limits.units - len(journal.units)

    def note(self, message: Message) -> None:
        self._counted["messages"] += 1
        for reading in message.heard.readings:
            if self._has_room(reading.unit):
                self._note_reading(reading)
            else:
                self._note_reject(message, Reject(TOO_MANY_UNITS, reading.unit))
        for reject in message.heard.rejects:
            self._note_reject(message, reject)

    def _has_room(self, unit: str) -> bool:
        return self._room > 0 or unit in self.units or unit in self._journal.units

    def _note_reject(self, message: Message, reject: Reject) -> None:
        self._counted["quarantined"] += 1
        self._counted[f"quarantined:{reject.rule}"] += 1
        start = message.payload[: 4 * self._limits.payload].decode("utf-8", errors="replace")
        row = (time.time_ns() // 1000, message.topic, *reject, start[: self._limits.payload])
        self._connection.execute(
            "INSERT INTO quarantine (arrived, topic, rule, found, payload) VALUES (?, ?, ?, ?, ?)", row
        )

    def end(self) -> None:
        units = [(name, unit.first, unit.latest, unit.kept_from) for name, unit in self.units.items()]
        self._connection.executemany(
            "INSERT INTO units (unit, first, latest, kept_from) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET first = excluded.first, latest = excluded.latest",
            units,
        )
        rows = [(topic, *sequence.row()) for topic, sequence in self.sequences.items()]
        self._connection.executemany("INSERT OR REPLACE INTO sequences VALUES (?, ?, ?, ?, ?, ?)", rows)
        if self._counted["quarantined"]:
            kept = "(SELECT n FROM quarantine ORDER BY n DESC LIMIT 1 OFFSET ?)"
            self._connection.execute(f"DELETE FROM quarantine WHERE n <= {kept}", (self._limits.rows,))

    def _note_reading(self, reading: Reading) -> None:
        again = reading.seq >= 0 and self._arrival(reading) is Arrival.AGAIN
        unit = self._unit(reading)
        old = reading.time < unit.kept_from  # of no use to any window: not here, or not for long
        if (again and old) or not (old or self._written(reading)):
            self._counted["duplicates"] += 1
            return
        self._counted["readings"] += 1
        if unit.claimed is not None and reading.time < unit.claimed:
            self._counted["late"] += 1
        elif reading.time < unit.latest:
            self._counted["out_of_order"] += 1
        unit.first, unit.latest = min(unit.first, reading.time), max(unit.latest, reading.time)
        unit.heard_at = time.monotonic()

    def _written(self, reading: Reading) -> bool:
        return self._connection.execute(_WRITE, _row(reading)).rowcount > 0

    def _unit(self, reading: Reading) -> Unit:
        unit = self.units.get(reading.unit)
        if unit is None:
            before = self._journal.units.get(reading.unit)
            unit = replace(before) if before else Unit(reading.time, reading.time)
            self._room -= before is None
            self.units[reading.unit] = unit
        return unit

    def _arrival(self, reading: Reading) -> Arrival:
        known = self.sequences.get(reading.topic)
        if known is None:
            before = self._journal.sequences.get(reading.topic)
            known = before.copy() if before else Sequence(self._journal.gaps_kept)
            self.sequences[reading.topic] = known
        arrival, missing = known.arrives(reading)
        self._counted["gaps"] += missing > 0
        self._counted["missing"] += missing
        self._counted["filled"] += arrival is Arrival.FILLS
        self._counted["restarts"] += arrival is Arrival.RESTARTED
        return arrival
