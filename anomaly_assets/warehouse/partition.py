"""Which rows a call means: days, bounds, columns and order, judged the same for every backend.

No storage here.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from ..contracts import Table
from ..errors import ContractError, WarehouseError

DAY = timedelta(days=1)


def day_of(table: Table) -> pl.Expr:
    """The UTC day of a row."""
    return pl.col(table.day_column).cast(pl.Date)


def order(table: Table) -> tuple[str, ...]:
    """Columns that rows are read in the order of: the key; without one the day column, then all the others."""
    return table.key or (table.day_column, *(name for name in table.dtypes if name != table.day_column))


def bound(table: Table, moment: date | datetime | None) -> Any:
    """A bound as a value of the table's day column: an instant, or the first day not before it."""
    if moment is None:
        return None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise WarehouseError(
            f"a bound of {table.fleet}.{table.name} has no zone", found=moment, remedy="give it one, such as tzinfo=UTC"
        )
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    instant = moment.astimezone(UTC)
    if table.dtypes[table.day_column] != pl.Date:
        return instant
    return instant.date() + (DAY if instant.time() != time() else timedelta())


def chosen_columns(table: Table, columns: Sequence[str] | None, units: Collection[str] | None) -> list[str]:
    """Columns to read; refuses names the contract does not know."""
    unknown = [name for name in columns or () if name not in table.dtypes]
    if unknown or (units is not None and "unit_id" not in table.dtypes):
        raise WarehouseError(
            f"{table.fleet}.{table.name} has no such columns",
            found=unknown or "units, but no unit_id",
            expected=f"some of {', '.join(table.dtypes)}",
        )
    return list(dict.fromkeys(columns)) if columns is not None else list(table.dtypes)


def spans(start: date, end: date, days: Collection[date] | None) -> list[tuple[date, date]]:
    """Runs [first, last + 1) of neighbouring days to replace."""
    if not all(type(day) is date for day in (start, end, *(days or ()))):
        raise WarehouseError("days to replace are dates", found=[repr(start), repr(end)], remedy="cut the times off")
    outside = sorted(day for day in days or () if not start <= day < end)
    if start >= end or outside:
        found = f"{start} to {end}" + (f" without {', '.join(map(str, outside))}" if outside else "")
        raise WarehouseError(
            "these are no days to replace", found=found, expected="start before end, and every day between them"
        )
    return [(start, end)] if days is None else list(_runs(set(days)))


def _runs(days: set[date]) -> Iterator[tuple[date, date]]:
    firsts = sorted(day for day in days if day - DAY not in days)
    lasts = sorted(day for day in days if day + DAY not in days)
    yield from ((first, last + DAY) for first, last in zip(firsts, lasts, strict=True))


def checked(table: Table, frame: pl.DataFrame, replaced: list[tuple[date, date]]) -> pl.DataFrame:
    """The frame as the contract wants it, sorted by day, so that a day lies together in the storage.

    Raises
    ------
    ContractError
        If it breaks the contract, or holds a row of a day that is not replaced.
    """
    rows = table.validate(frame)
    inside = [day_of(table).is_between(first, last, closed="left") for first, last in replaced]
    strays = rows.filter(~pl.any_horizontal(inside)) if inside else rows
    if strays.height:
        found = strays.select(day_of(table).unique().sort()).to_series().to_list()
        raise ContractError(
            f"{strays.height} of {rows.height} rows for {table.fleet}.{table.name} lie outside the replaced days",
            found=", ".join(map(str, found[:5])) + (" ..." if len(found) > 5 else ""),
            expected=", ".join(f"[{first}, {last})" for first, last in replaced) or "no day at all",
            remedy="replace the days these rows belong to, or cut them off; nothing was written",
        )
    return _by_day(table, rows)


def _by_day(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    day = rows.select(day_of(table)).to_series()
    return rows if day.is_sorted() else rows.sort(day_of(table), maintain_order=True)
