"""What stands in the cells of features: numbers, and what is none. What becomes of the rows is told in scoring.py."""

from collections import Counter
from collections.abc import Sequence
from enum import IntEnum

import polars as pl

from ...config import SourceConfig
from ...errors import ScoringError
from .inputs import InputFile

NULL_TEXTS: tuple[str, ...] = SourceConfig.model_fields["null_texts"].default
"""Texts that mean "no value", as in raw files."""

_TEXT = (pl.String, pl.Categorical, pl.Enum)


class Cell(IntEnum):
    """What a cell holds: a finite number, or why it is none."""

    NUMBER, NULL, NAN, INFINITE, TEXT = range(5)

    @property
    def rule(self) -> str:
        """What people are told."""
        return ("a number", "null", "nan", "infinite", "not a number")[self]


def code(feature: str) -> str:
    """Name of the column that says of each row what stands in a feature's cell."""
    return f"{feature}\x00"


def read_cells(file: InputFile, features: Sequence[str]) -> list[pl.Expr]:
    """Take the cells of features as they are; text without the blanks around it.

    Raises
    ------
    ScoringError
        If a column holds neither numbers nor text.
    """
    return [_read(file, name) for name in features]


def typed_cells(file: InputFile, features: Sequence[str]) -> list[pl.Expr]:
    """From `read_cells`: per feature its number (Float64, not judged), and as its `code` whether it is absent."""
    return [expression for name in features for expression in _typed(file, name)]


def coded_cells(features: Sequence[str]) -> list[pl.Expr]:
    """From `typed_cells`: the `code` (UInt8) of every feature."""
    return [_coded(name) for name in features]


def judged_cells(features: Sequence[str]) -> list[pl.Expr]:
    """Keep finite numbers; null stands for everything else."""
    return [pl.when(pl.col(code(name)) == Cell.NUMBER).then(name).alias(name) for name in features]


def count_invalid(rows: pl.DataFrame, features: Sequence[str]) -> dict[str, Counter[str]]:
    """Count cells without a finite number by rule and column; only rules and columns with any are told."""
    counted: dict[str, Counter[str]] = {}
    for name in features:
        codes = rows[code(name)]
        if codes.max():
            for kind, number in codes.value_counts(sort=False).filter(pl.col(code(name)) > 0).iter_rows():
                counted.setdefault(Cell(kind).rule, Counter())[name] += number
    return counted


def _read(file: InputFile, name: str) -> pl.Expr:
    dtype = file.schema[name]
    if isinstance(dtype, _TEXT):
        return pl.col(name).cast(pl.String).str.strip_chars()
    if dtype.is_numeric() or isinstance(dtype, pl.Boolean | pl.Null):
        return pl.col(name)
    raise ScoringError(f"column {name!r} of {file.name} holds no numbers", found=dtype, remedy="write it as numbers")


def _typed(file: InputFile, name: str) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col(name)
    if isinstance(file.schema[name], _TEXT):
        number, absent = _number(cell, file.delimiter), cell.is_null() | cell.is_in(NULL_TEXTS)
    else:
        number, absent = cell.cast(pl.Float64), cell.is_null()
    return number.alias(name), absent.alias(code(name))


def _coded(name: str) -> pl.Expr:
    number, absent = pl.col(name), pl.col(code(name))
    kind = (
        pl.when(number.is_finite())
        .then(int(Cell.NUMBER))
        .when(number.is_nan())
        .then(int(Cell.NAN))
        .when(number.is_infinite())
        .then(int(Cell.INFINITE))
        .when(absent)
        .then(int(Cell.NULL))
        .otherwise(int(Cell.TEXT))
    )
    return kind.cast(pl.UInt8).alias(code(name))


def _number(text: pl.Expr, delimiter: str | None) -> pl.Expr:
    """Read a number; with a decimal comma too where commas don't part the cells."""
    number = text.cast(pl.Float64, strict=False)
    if delimiter in (None, ","):
        return number
    return pl.coalesce(number, text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False))
