"""The twin without a file, for tests and trials: the same promises kept by polars frames in one process.

Nothing outlives the object.
"""

import threading
from collections.abc import Collection, Sequence
from datetime import date, datetime

import duckdb
import polars as pl

from ..contracts import Table
from ..errors import WarehouseError
from . import sql
from .base import Parameters
from .partition import bound, checked, chosen_columns, day_of, order, spans
from .query import answer, check_select


class MemoryWarehouse:
    """A `Warehouse` that keeps its tables as frames; safe between threads."""

    def __init__(self) -> None:
        self._frames: dict[tuple[str, str], pl.DataFrame] = {}
        self._turn = threading.Lock()

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
        rows = self._between(table, bound(table, start), bound(table, end))
        if units is not None:
            rows = rows.filter(pl.col("unit_id").is_in(list(units)))
        return rows.sort(order(table)).select(wanted)

    def replace(
        self, table: Table, frame: pl.DataFrame, start: date, end: date, *, days: Collection[date] | None = None
    ) -> int:
        """See `Warehouse.replace`."""
        replaced = spans(start, end, days)
        rows = checked(table, frame, replaced)
        outside = [~day_of(table).is_between(first, last, closed="left") for first, last in replaced]
        with self._turn:
            kept = self._stored(table).filter(*outside)
            self._frames[table.fleet, table.name] = pl.concat([kept, rows], how="diagonal")
        return rows.height

    def days(self, table: Table, start: date | None = None, end: date | None = None) -> dict[date, int]:
        """See `Warehouse.days`."""
        rows = self._between(table, bound(table, start), bound(table, end))
        counts = rows.group_by(day_of(table).alias("day")).len().sort("day")
        return dict(counts.iter_rows())

    def query(self, sql: str, parameters: Parameters = ()) -> pl.DataFrame:
        """See `Warehouse.query`."""
        check_select(sql)
        with duckdb.connect(":memory:") as connection:
            self._show(connection)
            connection.execute("SET TimeZone = 'UTC'; SET enable_external_access = false")
            connection.execute("SET python_enable_replacements = false")
            return answer(connection, sql, parameters)

    def _show(self, connection: duckdb.DuckDBPyConnection) -> None:
        for number, ((fleet, name), frame) in enumerate(self._frames.items()):
            connection.register(f"frame_{number}", frame)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {sql.quoted(fleet)}")
            connection.execute(f"CREATE VIEW {sql.quoted(fleet)}.{sql.quoted(name)} AS FROM frame_{number}")

    def _between(self, table: Table, lower: date | None, upper: date | None) -> pl.DataFrame:
        """Rows of [lower, upper) with the contract's columns; one that is not stored yet is null."""
        rows, day = self._stored(table), pl.col(table.day_column)
        sides = ([] if lower is None else [day >= lower]) + ([] if upper is None else [day < upper])
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in table.dtypes.items() if name not in rows.columns]
        return rows.filter(*sides).with_columns(missing).select(list(table.dtypes))

    def _stored(self, table: Table) -> pl.DataFrame:
        rows = self._frames.get((table.fleet, table.name), table.empty())
        retyped = {name: dtype for name, dtype in rows.schema.items() if table.dtypes.get(name, dtype) != dtype}
        if retyped:
            raise WarehouseError(f"columns of {table.fleet}.{table.name} are stored with another type", found=retyped)
        return rows
