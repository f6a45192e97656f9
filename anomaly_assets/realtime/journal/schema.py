"""The tables of a journal, and opening the file: made when new, widened when the platform tells more than before."""

import fcntl
import json
import os
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from ...errors import RealtimeError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS units (
    unit TEXT PRIMARY KEY, first INTEGER NOT NULL, latest INTEGER NOT NULL, kept_from INTEGER NOT NULL,
    next INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sequences (
    topic TEXT PRIMARY KEY, lowest INTEGER NOT NULL, highest INTEGER NOT NULL, latest INTEGER NOT NULL,
    before INTEGER NOT NULL, missing TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (
    n INTEGER PRIMARY KEY, unit TEXT NOT NULL, time INTEGER NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL,
    cells BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS readings_once ON readings (unit, time, seq, digest);
CREATE TABLE IF NOT EXISTS quarantine (
    n INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, topic TEXT NOT NULL, rule TEXT NOT NULL, found TEXT NOT NULL,
    payload TEXT NOT NULL);
"""
_WINDOWS = """
CREATE TABLE IF NOT EXISTS windows (n INTEGER PRIMARY KEY, unpublished INTEGER NOT NULL, unrecorded INTEGER NOT NULL,
    {columns}, UNIQUE (unit_id, window_start));
CREATE INDEX IF NOT EXISTS windows_unpublished ON windows (n) WHERE unpublished;
CREATE INDEX IF NOT EXISTS windows_unrecorded ON windows (n) WHERE unrecorded;
CREATE INDEX IF NOT EXISTS windows_alarming ON windows (unit_id, window_start, window_end) WHERE is_anomaly;
"""
_INCIDENTS = """
CREATE TABLE IF NOT EXISTS incidents (unpublished INTEGER NOT NULL, unkept INTEGER NOT NULL,
    {columns}, PRIMARY KEY (incident_id)) WITHOUT ROWID;
"""
TABLES = {"windows": _WINDOWS, "incidents": _INCIDENTS}

Columns = Mapping[str, Mapping[str, pl.DataType]]
"""By table, the columns that the platform's own tables have."""


def open_file(path: Path, sensors: Sequence[str], columns: Columns) -> sqlite3.Connection:
    """Open a journal; a transaction that it has committed survives whatever happens to the machine.

    Parameters
    ----------
    sensors : of the fleet, in order; readings of an earlier order are put into this one.
    columns : of scored windows and of incidents.

    Raises
    ------
    RealtimeError
        If the file is no journal, or can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        for table, told in columns.items():
            connection.executescript(TABLES[table].format(columns=", ".join(map(_declared, told.items()))))
            _widen(connection, table, told)
        _reorder(connection, list(sensors))
    except (OSError, sqlite3.Error) as error:
        raise RealtimeError(
            f"the journal {path} can't be opened",
            found=str(error),
            remedy="free some space or mend the permissions; a file that is no journal must be moved away",
        ) from error
    return connection


def lock_file(path: Path) -> int:
    """Take the lock that only one listener of a fleet may hold; it ends with the process, however that ends.

    Raises
    ------
    RealtimeError
        If another listener holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = os.read(holder, 20).decode(errors="replace").strip()
        os.close(holder)
        raise RealtimeError(
            "another listener of this fleet is running",
            found=f"process {other} holds {path}",
            expected="one listener a fleet: two would score every window twice",
            remedy="stop the other one first",
        ) from error
    os.ftruncate(holder, 0)
    os.pwrite(holder, str(os.getpid()).encode(), 0)
    return holder


def put_aside(connection: sqlite3.Connection, path: Path) -> Path:
    """Close a journal and let its file go by another name, with the moment in it; gives that name.

    Raises
    ------
    RealtimeError
        If somebody is reading it, or it can't be renamed.
    """
    aside = path.with_name(f"{path.stem}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{path.suffix}")
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise OSError("somebody is reading it")
        connection.close()
        for end in ("-wal", "-shm", ""):  # what lies beside the file is empty now, and must not lie beside the next one
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    except (OSError, sqlite3.Error) as error:
        raise RealtimeError(
            f"the journal {path} can't be put aside",
            found=str(error),
            expected="a file that nobody else has open, in a folder that may be written",
            remedy="close what reads it, and begin afresh again",
        ) from error
    return aside


def _declared(column: tuple[str, pl.DataType]) -> str:
    name, dtype = column
    if dtype == pl.String:
        return f'"{name}" TEXT'
    return f'"{name}" {"REAL" if dtype.is_float() else "INTEGER"}'


def _widen(connection: sqlite3.Connection, table: str, columns: Mapping[str, pl.DataType]) -> None:
    known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    for column in columns.items():
        if column[0] not in known:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {_declared(column)}")


def _reorder(connection: sqlite3.Connection, sensors: list[str]) -> None:
    """Put the cells of readings into the order of sensors that the fleet's file has now."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'sensors'").fetchone()
    before = json.loads(row[0]) if row else sensors
    connection.execute("BEGIN IMMEDIATE")
    if before != sensors:
        places = [before.index(name) if name in before else len(before) for name in sensors]

        def moved(cells: bytes) -> bytes:
            known = array("d", cells)
            known.append(float("nan"))
            return array("d", [known[place] for place in places]).tobytes()

        connection.create_function("moved", 1, moved, deterministic=True)
        connection.execute("UPDATE readings SET cells = moved(cells)")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('sensors', ?)", (json.dumps(sensors),))
    connection.execute("COMMIT")
