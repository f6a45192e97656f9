"""Whose reading a row is: from a column, from the file's name, or the one unit there is."""

import re
from collections.abc import Sequence

import polars as pl

from ..config import FleetConfig, UnitSource
from ..errors import IngestError
from .files import stem


def unit_expression(name: str, columns: Sequence[str], fleet: FleetConfig) -> pl.Expr:
    """Give the unit of every row of a file, aliases replaced; null where the row doesn't say.

    Raises
    ------
    IngestError
        If the column isn't there, or the file's name doesn't fit the pattern.
    """
    unit = fleet.source.unit
    if unit.by == "column":
        return _from_column(name, columns, unit)
    text = unit.constant if unit.by == "constant" else unit_of_file(name, unit)
    return pl.lit(unit.aliases.get(text, text), pl.String)


def unit_of_file(name: str, unit: UnitSource) -> str:
    """Read the unit out of a file's relative path, before aliases.

    Raises
    ------
    IngestError
        If the pattern isn't found in the path.
    """
    if unit.pattern is None:
        return stem(name)
    match = re.search(unit.pattern, name)
    if match is None:
        raise IngestError(
            f"the name {name} doesn't say which unit it is",
            expected=f"a match of {unit.pattern!r}",
            remedy="mend source.unit.pattern, or exclude the file with source.exclude",
        )
    return match[1] if match.re.groups else match[0]


def _from_column(name: str, columns: Sequence[str], unit: UnitSource) -> pl.Expr:
    if unit.column is None or unit.column not in columns:
        raise IngestError(
            f"{name} has no unit column",
            found=", ".join(columns),
            expected=unit.column or "source.unit.column to be named",
            remedy="set source.unit.column to one of the columns found",
        )
    text = pl.col(unit.column).cast(pl.String).str.strip_chars()
    named = pl.when(text != "").then(text)
    return named.replace(unit.aliases) if unit.aliases else named
