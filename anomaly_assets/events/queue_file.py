"""The file in which events wait: its tables, and connections that are used by one thread of one process at a time.

What is written there and why belongs in queue.py.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import EventError
from .turn import turn

FORMAT = 1
_VALUES = """fleet TEXT NOT NULL, sensor_id TEXT NOT NULL, detected_at INTEGER NOT NULL, anomaly_score REAL NOT NULL,
    is_anomaly INTEGER NOT NULL, confidence REAL NOT NULL, model_version TEXT NOT NULL, recorded_at INTEGER NOT NULL"""
_TABLES = (
    f"CREATE TABLE waiting (place INTEGER PRIMARY KEY AUTOINCREMENT, {_VALUES})",
    f"CREATE TABLE refused (place INTEGER PRIMARY KEY, {_VALUES}, reason TEXT NOT NULL, refused_at INTEGER NOT NULL)",
    "CREATE TABLE trouble (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), sentence TEXT NOT NULL)",
    f"PRAGMA user_version = {FORMAT}",
)
"""Moments are microseconds since 1970 in UTC. AUTOINCREMENT: a place in the line is never given twice."""


class QueueFile:
    """One connection to the file, opened when it is first needed.

    Not for use on both sides of a fork: make one after it.

    Parameters
    ----------
    folder : where the file lies, on a local disk; made when needed, shared by everybody who uses the same queue.
    durable : whether a transaction is on the disk before it counts as done.
    patience : seconds to wait for a program of somebody else's that has the file locked.
    """

    def __init__(self, folder: Path, durable: bool, patience: float) -> None:
        self.folder, self.durable, self.patience = folder, durable, patience
        self._mine = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to one thread.

        Raises
        ------
        EventError
            If the file can't be opened or read, or is of a newer version.
        """
        with self._mine, self._told():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection in a transaction, whole or not at all; writers of all processes take turns.

        Raises
        ------
        EventError
            If the file can't be opened or written, or is of a newer version.
        """
        with self._mine, self._told():
            connection = self._opened()
            with turn(self.folder / "writing"), _transaction(connection):
                yield connection

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._mine:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            with turn(self.folder / "writing"):
                self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        path = self.folder / "queue.sqlite"
        connection = sqlite3.connect(path, self.patience, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", f"synchronous = {'FULL' if self.durable else 'NORMAL'}"):
            connection.execute(f"PRAGMA {pragma}")
        with _transaction(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for statement in _TABLES if version == 0 else ():
                connection.execute(statement)
        if version > FORMAT:
            raise EventError(
                f"the queue of events in {self.folder} was made by a newer version",
                found=f"format {version}",
                expected=f"format {FORMAT}",
                remedy="install that version of anomaly-assets",
            )
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            wrong = f"the queue of events in {self.folder} can't be used"
            raise EventError(wrong, found=str(error), remedy="check the folder, its rights and its disk") from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
