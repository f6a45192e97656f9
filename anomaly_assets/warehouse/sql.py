"""The few SQL statements of a warehouse, as text; identifiers are checked and quoted, values are left to be bound.

Nothing is executed here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ..contracts import Table
from ..errors import WarehouseError

INCOMING = "incoming_rows"
"""Name under which a frame is registered for the length of an insert."""

STORED = (
    "SELECT column_name, data_type FROM duckdb_columns() "
    "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index"
)
"""Columns and types of a table as they are in the file."""

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,254}")
_TYPES: dict[Any, str] = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Float64: "DOUBLE",
    pl.Float32: "FLOAT",
    pl.Int64: "BIGINT",
    pl.Int32: "INTEGER",
    pl.UInt8: "UTINYINT",
    pl.UInt32: "UINTEGER",
    pl.Datetime("us", "UTC"): "TIMESTAMP WITH TIME ZONE",
}


def quoted(name: str) -> str:
    """A checked identifier in quotes, so that words of SQL such as ``end`` are names too."""
    if not _IDENTIFIER.fullmatch(name):
        raise WarehouseError(
            "a name can't be a table or column", found=repr(name), expected="lower-case letters, digits and _"
        )
    return f'"{name}"'


def place(table: Table) -> str:
    """``"fleet"."table"``."""
    return f"{quoted(table.fleet)}.{quoted(table.name)}"


def types(table: Table) -> dict[str, str]:
    """SQL type of each column of the contract."""
    unknown = [f"{name}: {dtype}" for name, dtype in table.dtypes.items() if dtype not in _TYPES]
    if unknown:
        raise WarehouseError(
            f"{table.fleet}.{table.name} can't be stored",
            found=", ".join(unknown),
            expected=f"columns of {', '.join(map(str, _TYPES))}",
        )
    return {name: _TYPES[dtype] for name, dtype in table.dtypes.items()}


def creation(table: Table) -> list[str]:
    """Make schema and table where there are none; no key, since an index is what makes a torn log unreadable."""
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types(table).items())
    return [f"CREATE SCHEMA IF NOT EXISTS {quoted(table.fleet)}", f"CREATE TABLE {place(table)} ({columns})"]


def growth(table: Table, stored: Mapping[str, str]) -> list[str]:
    """Add the contract's columns that the stored table lacks.

    Raises
    ------
    WarehouseError
        If a column is stored with another type.
    """
    retyped = {name: stored[name] for name, kind in types(table).items() if stored.get(name, kind) != kind}
    if retyped:
        raise WarehouseError(
            f"columns of {table.fleet}.{table.name} are stored with another type",
            found=retyped,
            expected={name: types(table)[name] for name in retyped},
            remedy="rename the column, or move the stored table away (ALTER TABLE ... RENAME) and backfill",
        )
    new = [(name, kind) for name, kind in types(table).items() if name not in stored]
    return [f"ALTER TABLE {place(table)} ADD COLUMN {quoted(name)} {kind}" for name, kind in new]


def removal(table: Table) -> str:
    """Delete one run of days; binds its two bounds."""
    day = quoted(table.day_column)
    return f"DELETE FROM {place(table)} WHERE {day} >= ? AND {day} < ?"


def insertion(table: Table) -> str:
    """Take the registered frame in, by column name."""
    return f"INSERT INTO {place(table)} BY NAME SELECT * FROM {INCOMING}"


def condition(table: Table, start: Any, end: Any, units: Any) -> tuple[str, list[Any]]:
    """WHERE clause and its values, for the bounds that are given."""
    parts = [
        (f"{quoted(table.day_column)} >= ?", start),
        (f"{quoted(table.day_column)} < ?", end),
        ('"unit_id" IN (SELECT unnest(CAST(? AS VARCHAR[])))', units),
    ]
    given = [(text, value) for text, value in parts if value is not None]
    return (" WHERE " + " AND ".join(text for text, _ in given) if given else ""), [value for _, value in given]


def selection(table: Table, stored: Mapping[str, str], columns: Sequence[str], where: str, order: Sequence[str]) -> str:
    """Read columns in order; one that is not stored yet is null."""
    kinds = types(table)

    def term(name: str) -> str:
        return quoted(name) if name in stored else f"CAST(NULL AS {kinds[name]}) AS {quoted(name)}"

    by = ", ".join(f"{quoted(name)} NULLS FIRST" for name in order if name in stored)
    return f"SELECT {', '.join(map(term, columns))} FROM {place(table)}{where} ORDER BY {by}"


def tally(table: Table, where: str) -> str:
    """Count rows per UTC day, oldest first; an instant's day by its microseconds, since time zone rules are slow."""
    day = quoted(table.day_column)
    if table.dtypes[table.day_column] != pl.Date:
        day = f"CAST(make_timestamp(epoch_us({day})) AS DATE)"
    return f"SELECT {day} AS d, count(*) FROM {place(table)}{where} GROUP BY d ORDER BY d"
