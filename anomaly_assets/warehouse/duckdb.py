"""The embedded default: one DuckDB file, opened for one short transaction under the fair lock, never in between.

Frames go in and out by Arrow. Which rows a call means is judged in partition.py, before anything is opened.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from ..contracts import Table
from ..errors import WarehouseError
from . import failures, sql
from .base import Parameters
from .connection import Opener
from .lock import FileLock
from .partition import bound, checked, chosen_columns, order, spans
from .query import answer, check_select, frame_of

Connection = duckdb.DuckDBPyConnection
ROW_GROUP = 122_880
"""Rows of one DuckDB row group; Arrow batches of this size are taken in by several threads."""


class DuckDBWarehouse:
    """A `Warehouse` in one file; any DuckDB client can open it while nothing is written.

    Safe between processes and threads through tickets in the folder ``<path>.lock``; local disks only. The time it
    is held is the time of the transaction: nothing is computed or validated meanwhile.

    Parameters
    ----------
    path : the file; it and its folder are made by the first `replace`.
    lock_timeout : seconds to wait for one's turn among the platform's own readers and writers.
    client_patience : seconds to wait for a client that knows nothing of these turns, such as a person's.
    memory_limit : what one transaction may use, such as ``4GB``; by default DuckDB's own, most of the machine.
    threads : of one transaction; by default all cores.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        lock_timeout: float = 300.0,
        client_patience: float = 30.0,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = Path(path).expanduser().resolve()
        self.lock = FileLock(self.path.with_name(self.path.name + ".lock"), lock_timeout)
        self._opener = Opener(self.path, client_patience, memory_limit, threads)

    def read(
        self,
        table: Table,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        units: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """See `Warehouse.read`."""
        wanted = chosen_columns(table, columns, units)
        where, values = sql.condition(table, bound(table, start), bound(table, end), _listed(units))
        empty = table.empty().select(wanted)
        with self._reading() as connection:
            stored = _stored(connection, table) if connection else {}
            if not connection or not stored:
                return empty
            sql.growth(table, stored)  # refuses a column of another type
            rows = frame_of(connection.execute(sql.selection(table, stored, wanted, where, order(table)), values))
        return rows.cast(empty.schema)

    def replace(
        self, table: Table, frame: pl.DataFrame, start: date, end: date, *, days: Collection[date] | None = None
    ) -> int:
        """See `Warehouse.replace`."""
        replaced = spans(start, end, days)
        rows = checked(table, frame, replaced)
        with self._writing() as connection:
            with self._transaction(connection):
                self._grow(connection, table)
                self._remove(connection, table, replaced)
                self._insert(connection, table, rows)
            self._checkpoint(connection)
        return rows.height

    def days(self, table: Table, start: date | None = None, end: date | None = None) -> dict[date, int]:
        """See `Warehouse.days`."""
        where, values = sql.condition(table, bound(table, start), bound(table, end), None)
        with self._reading() as connection:
            if not connection or not _stored(connection, table):
                return {}
            return dict(connection.execute(sql.tally(table, where), values).fetchall())

    def query(self, sql: str, parameters: Parameters = ()) -> pl.DataFrame:
        """See `Warehouse.query`."""
        check_select(sql)
        with self._reading() as connection:
            if connection is None:
                raise WarehouseError(f"there is no warehouse at {self.path}", remedy="run a backfill first")
            return answer(connection, sql, parameters)

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A read-only connection; None while there is no file."""
        if not self.path.exists():
            yield None
            return
        with self._told(), self.lock.reading(), self._opener.connection(read_only=True) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._told(), self.lock.writing():
            self._opener.ensure_file()
            with self._opener.connection(read_only=False) as connection:
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise failures.meaning(error, self.path) from error

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        connection.execute("BEGIN")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise

    def _grow(self, connection: Connection, table: Table) -> None:
        stored = _stored(connection, table)
        for statement in sql.growth(table, stored) if stored else sql.creation(table):
            connection.execute(statement)

    def _remove(self, connection: Connection, table: Table, replaced: list[tuple[date, date]]) -> None:
        for first, last in replaced:
            connection.execute(sql.removal(table), [bound(table, first), bound(table, last)])

    def _insert(self, connection: Connection, table: Table, rows: pl.DataFrame) -> None:
        arrow = rows.to_arrow(compat_level=pl.CompatLevel.newest())
        connection.register(sql.INCOMING, pa.Table.from_batches(arrow.to_batches(ROW_GROUP), arrow.schema))
        connection.execute(sql.insertion(table))
        connection.unregister(sql.INCOMING)

    def _checkpoint(self, connection: Connection) -> None:
        """Fold the log into the file, so that a crash never leaves a long one to replay."""
        try:
            connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            told = "the new rows are safe in its log, which the next opening takes in"
            raise failures.meaning(error, self.path, told) from error


def _stored(connection: Connection, table: Table) -> dict[str, str]:
    return dict(connection.execute(sql.STORED, [table.fleet, table.name]).fetchall())


def _listed(units: Collection[str] | None) -> list[str] | None:
    return None if units is None else list(units)
