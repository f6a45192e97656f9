"""The line in which events wait on the disk for their database, in the order in which they were recorded.

When and where they are taken to belongs in delivery.py.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import EventRefusedError
from .event import COLUMNS, Event, row_of
from .queue_file import QueueFile
from .together import Together
from .turn import turn_if_free

_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_STORED = ", ".join((*COLUMNS, "recorded_at"))
_PUT = f"INSERT INTO waiting ({_STORED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_MOMENT = pl.Datetime("us", "UTC")
_REFUSALS: dict[str, Any] = {"sensor_id": pl.String, "detected_at": _MOMENT, "reason": pl.String, "refused_at": _MOMENT}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at one place of the line; no promise that it is an event."""

    place: int
    values: tuple[Any, ...]

    def event(self) -> Event:
        """Make the event.

        Raises
        ------
        EventRefusedError
            If this is none; another version, or somebody else, put it there.
        """
        named = dict(zip(COLUMNS, self.values, strict=True))
        try:
            moment = _EPOCH + named.pop("detected_at") * _TICK
            return Event(**named | {"detected_at": moment, "is_anomaly": bool(named["is_anomaly"])})
        except (OverflowError, TypeError) as error:
            raise EventRefusedError("what waits in the queue is no event", found=str(error)) from error


class DiskQueue:
    """Events on the disk, in one file for all processes and threads that use the same folder.

    Every method raises EventError if the file can't be used.

    Parameters
    ----------
    folder : on a local disk; made when needed.
    patience : seconds to wait for a program of somebody else's that has the file locked.
    """

    def __init__(self, folder: Path, patience: float = 10.0) -> None:
        self.folder = folder
        self._entrance = QueueFile(folder, durable=True, patience=patience)
        self._exit = QueueFile(folder, durable=False, patience=patience)  # what leaves twice is delivered once
        self._together = Together(self._append)

    def put(self, events: Sequence[Event]) -> None:
        """Line events up behind all others, together or not at all; they are on the disk when this returns."""
        now = _ticks(datetime.now(UTC))
        self._together.put([_stored(event, now) for event in events])

    def first(self, most: int) -> list[Waiting]:
        """Read the first in the line, which stay there."""
        query = f"SELECT place, {', '.join(COLUMNS)} FROM waiting ORDER BY place LIMIT ?"
        with self._exit.reading() as connection:
            return [Waiting(place, tuple(row)) for place, *row in connection.execute(query, (most,))]

    def remove(self, gone: Sequence[Waiting]) -> None:
        """Take out of the line what the database has committed."""
        with self._exit.writing() as connection:
            connection.executemany("DELETE FROM waiting WHERE place = ?", [(one.place,) for one in gone])

    def refuse(self, one: Waiting, reason: str) -> None:
        """Set aside what the database will never take, with the reason."""
        with self._exit.writing() as connection:
            connection.execute(
                f"INSERT OR IGNORE INTO refused SELECT place, {_STORED}, ?, ? FROM waiting WHERE place = ?",
                (reason, _ticks(datetime.now(UTC)), one.place),
            )
            connection.execute("DELETE FROM waiting WHERE place = ?", (one.place,))

    def again(self) -> int:
        """Line up at the end what was set aside; give how many."""
        with self._exit.writing() as connection:
            moved = connection.execute(
                f"INSERT INTO waiting ({_STORED}) SELECT {_STORED} FROM refused ORDER BY place"
            ).rowcount
            connection.execute("DELETE FROM refused")
            return int(moved)

    def waiting(self, until: int | None = None) -> int:
        """Count who waits, at all or up to a place."""
        bound, values = ("", ()) if until is None else (" WHERE place <= ?", (until,))
        return int(self._one(f"SELECT count(*) FROM waiting{bound}", values) or 0)

    def refused(self) -> int:
        """Count what was set aside."""
        return int(self._one("SELECT count(*) FROM refused") or 0)

    def last_place(self) -> int:
        """Give the highest place that was ever given."""
        return int(self._one("SELECT seq FROM sqlite_sequence WHERE name = 'waiting'") or 0)

    def oldest(self) -> datetime | None:
        """Give when the first in the line was recorded."""
        found = self._one("SELECT recorded_at FROM waiting ORDER BY place LIMIT 1")
        return None if found is None else _EPOCH + found * _TICK

    def refusals(self, most: int) -> pl.DataFrame:
        """Read the latest that were set aside: sensor_id, detected_at, reason, refused_at."""
        query = f"SELECT {', '.join(_REFUSALS)} FROM refused ORDER BY place DESC LIMIT ?"
        with self._exit.reading() as connection:
            rows = connection.execute(query, (most,)).fetchall()
        moments = [name for name, kind in _REFUSALS.items() if kind == _MOMENT]
        plain = _REFUSALS | dict.fromkeys(moments, pl.Int64)
        return pl.DataFrame(rows, schema=plain, orient="row").cast(dict.fromkeys(moments, _MOMENT))

    def trouble(self) -> str | None:
        """Tell what whoever delivers has noted to be wrong."""
        found = self._one("SELECT sentence FROM trouble")
        return None if found is None else str(found)

    def note_trouble(self, sentence: str | None) -> None:
        """Tell everybody what is wrong, or that nothing is."""
        with self._exit.writing() as connection:
            connection.execute("DELETE FROM trouble")
            if sentence is not None:
                connection.execute("INSERT INTO trouble VALUES (1, ?)", (sentence,))

    def turn_to_deliver(self) -> AbstractContextManager[bool]:
        """Take the turn to deliver if no process has it; whatever ends its owner, it is free at once."""
        return turn_if_free(self.folder / "delivering")

    def close(self) -> None:
        """Close the file; what waits stays there."""
        self._entrance.close()
        self._exit.close()

    def _append(self, rows: list[tuple[Any, ...]]) -> None:
        with self._entrance.writing() as connection:
            connection.executemany(_PUT, rows)

    def _one(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        with self._exit.reading() as connection:
            row = connection.execute(query, values).fetchone()
        return None if row is None else row[0]


def _stored(event: Event, now: int) -> tuple[Any, ...]:
    fleet, sensor_id, detected_at, *rest = row_of(event)
    return fleet, sensor_id, _ticks(detected_at), *rest, now


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _TICK
