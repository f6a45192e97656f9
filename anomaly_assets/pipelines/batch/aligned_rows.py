"""Rows as models are given them: keys, features as numbers, and what is kept, read lazily from a file that was aligned.

Which column is what is told in aligning.py, what stands in the cells of features in cells.py.
"""

import polars as pl

from ...config import SourceConfig
from ...errors import IngestError, ScoringError
from ...ingest.cells import rule_for
from ...ingest.times import plausible
from .aligning import Alignment
from .cells import code, coded_cells, judged_cells, read_cells, typed_cells
from .inputs import ROW, InputFile, told

KEPT = "kept:"
"""What the names of kept columns begin with, so that they don't meet those of keys and features."""

UNIT, START, END, WORST, LEAST = "unit_id", "window_start", "window_end", "__worst", "__least"
_MOMENT = pl.Datetime("us", "UTC")
_PLAIN = SourceConfig(format="table", folder=".")
"""How cells are read where nobody has said otherwise."""


def aligned(file: InputFile, like: Alignment) -> pl.LazyFrame:
    """Read a file as it was aligned.

    Returns
    -------
    Lazy (n_rows,), blank lines left out: ``ROW``; unit_id (String, empty where no column tells it), window_start and
    window_end (UTC, null where unknown or unreadable); the features, null where there is no finite number, and the
    `code` of each; ``WORST`` and ``LEAST``, the largest code of all features and the smallest of the sensors'; the kept
    columns as they came, as ``KEPT`` and their names in the output.
    """
    features = like.needs.features
    keys = [_unit(file, like.unit), _moment(file, like, like.time, START), _moment(file, like, like.end, END)]
    kept = [_as_before(file, name, dtype).alias(f"{KEPT}{new}") for name, (new, dtype) in like.kept.items()]
    rows = _without_blank(file, like).select(ROW, *kept, *keys, *read_cells(file, features))
    typed = rows.with_columns(typed_cells(file, features)).with_columns(coded_cells(features))  # each is computed once
    return typed.with_columns(
        *judged_cells(features),
        *map(_sensible, (START, END)),
        pl.max_horizontal(pl.col([code(name) for name in features])).alias(WORST),
        pl.min_horizontal(pl.col([code(name) for name in like.needs.sensors])).alias(LEAST),
    )


def _without_blank(file: InputFile, like: Alignment) -> pl.LazyFrame:
    """A line of a text with nothing in it is no row."""
    used = [*like.needs.features, *like.kept]
    return file.rows if file.delimiter is None else file.rows.filter(pl.any_horizontal(pl.col(used).is_not_null()))


def _unit(file: InputFile, column: str | None) -> pl.Expr:
    name = pl.lit("") if column is None else pl.col(column).cast(pl.String).fill_null("")
    return (name if file.delimiter is None else name.str.strip_chars()).alias(UNIT)


def _as_before(file: InputFile, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name) if file.schema[name] == dtype else pl.col(name).cast(dtype)


def _moment(file: InputFile, like: Alignment, column: str | None, name: str) -> pl.Expr:
    """Read instants; those that can't be read are null."""
    nothing = pl.lit(None, _MOMENT).alias(name)
    if column is None or not _tells_time(file.schema[column]):
        return nothing
    try:
        with told(file.name):
            rule = rule_for(file.rows.select(pl.col(column).alias("when")), _PLAIN)
    except IngestError as error:
        if like.needs.time is None:
            return nothing
        raise ScoringError(
            f"the times in column {column!r} of {file.name} can be read in two ways",
            found=error.found,
            remedy="write them as 2024-03-05 14:00:00",
        ) from error
    return rule.expression(pl.col(column), file.schema[column]).alias(name)


def _tells_time(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, pl.String | pl.Datetime | pl.Date)


def _sensible(name: str) -> pl.Expr:
    """Keep instants that no broken clock has made."""
    return pl.when(plausible(name)).then(name).alias(name)
