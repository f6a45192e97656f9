"""One SELECT of a person, and nothing else: judged before it is run.

The connection comes from a backend; it is read-only or a throw-away.
"""

from typing import Any

import duckdb
import polars as pl

from ..errors import WarehouseError
from .base import Parameters

_REFUSALS = (duckdb.ProgrammingError, duckdb.DataError, duckdb.InvalidInputException, duckdb.PermissionException)


def check_select(sql: str) -> None:
    """Refuse everything that is not exactly one SELECT.

    Raises
    ------
    WarehouseError
        If it can't be parsed, is several statements, or another kind of statement.
    """
    try:
        kinds = [statement.type.name for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise _refusal(str(error).splitlines()[0]) from error
    if kinds != ["SELECT"]:
        raise _refusal(", then ".join(kinds) or "no statement")


def answer(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> pl.DataFrame:
    """Run a checked SELECT.

    Raises
    ------
    WarehouseError
        If a table or column is unknown, or a value does not fit.
    """
    bound: Any = dict(parameters) if hasattr(parameters, "keys") else list(parameters)
    try:
        return frame_of(connection.execute(sql, bound))
    except _REFUSALS as error:
        raise _refusal(str(error).splitlines()[0]) from error


def frame_of(result: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """A finished statement's rows; sums of whole numbers come as Int64."""
    frame = pl.DataFrame(result.to_arrow_table())
    return frame.with_columns(pl.selectors.by_dtype(pl.Decimal(38, 0)).cast(pl.Int64))


def _refusal(found: str) -> WarehouseError:
    return WarehouseError(
        "the query can't be answered",
        found=found,
        expected="one SELECT on tables named fleet.table",
        remedy="mend the query; to change rows, materialise the days again",
    )
