"""The journal of one fleet: a file, one writer at a time, counts that are as durable as what they count.

What is written, and how it is read again, belongs in the modules beside this one.
"""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

import polars as pl

from ...config import FleetConfig
from ...contracts import incidents, scores
from ..sequences import LONG_AGO, Sequence
from .schema import lock_file, open_file, put_aside

_OF_THE_WAREHOUSE = ("group_id", "source", "updated_at")
"""Columns of incidents that are only known once they are kept there."""


@dataclass
class Unit:
    """How far a unit has come, in microseconds since the epoch.

    Attributes
    ----------
    first, latest : moments of its earliest and its latest reading.
    kept_from : readings before it are no longer here.
    next : start of the first window that isn't scored; None before the first.
    claimed : start of the first window that isn't being scored; None before the first.
    heard_at : monotonic clock when it last said anything.
    """

    first: int
    latest: int
    kept_from: int = LONG_AGO
    next: int | None = None
    claimed: int | None = None
    heard_at: float = field(default_factory=time.monotonic)


class Journal:
    """What a listener has heard and told, on disk.

    Parameters
    ----------
    folder : holds ``<fleet>.sqlite`` and ``<fleet>.lock``.
    fleet : whose.
    gaps_kept : missing stretches of a topic that are remembered.

    Attributes
    ----------
    columns : by table, those of scored windows (of the scores table, and ``confidence``) and of incidents.
    counts : everything that was ever counted, by name; durable with what it counts.
    units : by name.
    sequences : by topic.

    Raises
    ------
    RealtimeError
        If another listener of the fleet is running, or the file can't be opened.
    """

    def __init__(self, folder: Path, fleet: FleetConfig, gaps_kept: int) -> None:
        self.fleet, self.path, self.gaps_kept = fleet, folder / f"{fleet.fleet}.sqlite", gaps_kept
        told = {name: dtype for name, dtype in incidents(fleet).dtypes.items() if name not in _OF_THE_WAREHOUSE}
        scored = {**scores(fleet).dtypes, "confidence": pl.Float64()}
        self.columns = {"windows": pl.Schema(scored), "incidents": pl.Schema(told)}
        self._holder: int | None = lock_file(folder / f"{fleet.fleet}.lock")
        self._connection = open_file(self.path, list(fleet.sensors), self.columns)
        self.lock = RLock()
        self._load()

    def _load(self) -> None:
        self.counts: Counter[str] = Counter(dict(self.rows("SELECT name, value FROM counters")))
        self.units = {
            name: Unit(first, latest, kept_from, begun, begun)
            for name, first, latest, kept_from, begun in self.rows(
                "SELECT unit, first, latest, kept_from, next FROM units"
            )
        }
        self.sequences = {
            row[0]: Sequence.remembered(self.gaps_kept, row[1:])
            for row in self.rows("SELECT topic, lowest, highest, latest, before, missing FROM sequences")
        }

    def rows(self, sql: str, bound: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Read."""
        with self.lock:
            return self._connection.execute(sql, bound).fetchall()

    def frame(self, table: str, where: str, bound: tuple[Any, ...] = ()) -> pl.DataFrame:
        """Read scored windows or incidents, with the platform's own columns."""
        columns = self.columns[table]
        names = ", ".join(f'"{name}"' for name in columns)
        rows = self.rows(f"SELECT {names} FROM {table} WHERE {where}", bound)
        whole = (pl.Boolean, pl.Datetime)
        stored = {name: pl.Int64() if isinstance(dtype, whole) else dtype for name, dtype in columns.items()}
        return pl.DataFrame(rows, schema=stored, orient="row").cast(columns)

    @contextmanager
    def writing(self) -> Iterator[tuple[sqlite3.Connection, Counter[str]]]:
        """Write in one transaction, all or nothing; what is counted meanwhile is counted once that is on the disk."""
        counted: Counter[str] = Counter()
        with self.lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection, counted
                self._connection.executemany(
                    "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                    [item for item in counted.items() if item[1]],
                )
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self.counts.update(+counted)

    def remember(self, name: str, value: str) -> str:
        """Note a fact about the listener; gives what was noted of it before, the same where nothing was."""
        before = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        with self.writing() as (connection, _):
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        return str(before[0][0]) if before else value

    def start_afresh(self) -> Path | None:
        """Put everything heard and told aside and go on with nothing; facts about the listener stay.

        Returns
        -------
        The file that holds it from now on, None where nothing had been heard.

        Raises
        ------
        RealtimeError
            If somebody is reading the file.
        """
        with self.lock:
            if not self.counts["messages"]:
                return None
            facts = self.rows("SELECT name, value FROM meta")
            aside = put_aside(self._connection, self.path)
            self._connection = open_file(self.path, list(self.fleet.sensors), self.columns)
            with self.writing() as (connection, _):
                connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts)
            self._load()
        return aside

    def close(self) -> None:
        """Close the file and let another listener have it."""
        with self.lock:
            self._connection.close()
            if self._holder is not None:
                os.close(self._holder)
                self._holder = None
