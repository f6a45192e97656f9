"""What every warehouse can do; the promise that the shared test suite holds each backend to.

No backend, no SQL and no checking of arguments here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import polars as pl

from ..contracts import Table

Parameters = Sequence[Any] | Mapping[str, Any]


class Warehouse(Protocol):
    """Tables of fleets, cut into UTC days; a day is replaced whole or not at all.

    A table exists from its first `replace` on; before that it reads as empty. A contract that gained a column finds
    null in the days written before; a contract that lost one leaves the column and its values in the storage, and
    null in the days written since. Nothing but `replace` takes rows away, and only those of the days it names.
    """

    def read(
        self,
        table: Table,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        units: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Return the rows whose day column lies in [start, end), in the contract's types.

        Parameters
        ----------
        start, end : half-open bounds; a date means its midnight UTC, a datetime carries its zone; None leaves it open.
        units : values of ``unit_id``; None means all.
        columns : names from the contract, in the order wanted; None means all, in storage order.

        Returns
        -------
        (n_rows, n_columns), ordered by the table's key, or by its day column and then all others if it has no key;
        null comes first. Some whole state between two `replace` calls, never a part of one.

        Raises
        ------
        WarehouseError
            If the arguments make no sense for the table, or the storage can't be read.
        LockTimeoutError
            If somebody else holds the storage for too long.
        """
        ...

    def replace(
        self, table: Table, frame: pl.DataFrame, start: date, end: date, *, days: Collection[date] | None = None
    ) -> int:
        """Put the frame in the place of everything in the days [start, end), in one transaction.

        When this returns, the rows are on the disk. When it raises, the old rows are all there, unless the message
        says that the new ones are.

        Parameters
        ----------
        frame : rows of those days, in any order; without rows the days become empty.
        days : replace only these days of [start, end), which need not be neighbours.

        Returns
        -------
        Number of rows written.

        Raises
        ------
        ContractError
            If the frame breaks the table's contract, or a row lies in another day; nothing was written.
        WarehouseError
            If the storage can't be written.
        LockTimeoutError
            If somebody else holds the storage for too long.
        """
        ...

    def days(self, table: Table, start: date | None = None, end: date | None = None) -> dict[date, int]:
        """Return the number of rows of each UTC day that has any, oldest first."""
        ...

    def query(self, sql: str, parameters: Parameters = ()) -> pl.DataFrame:
        """Answer one SELECT of a person; tables are named ``fleet.table``, values are bound as ``?`` or ``$name``.

        Neither the tables nor any other file can be changed or read by it.

        Raises
        ------
        WarehouseError
            If it is not exactly one SELECT, or it can't be answered.
        """
        ...
