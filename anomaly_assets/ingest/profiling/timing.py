"""Which columns say when, in which order day and month stand, and whether a zone is stated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ...errors import IngestError
from ..times import formats_of, order_of_day, time_rule
from .columns import Column

_NAMED = re.compile(r"time|date|stamp|zeit|datum|^ts$", re.IGNORECASE)


@dataclass(frozen=True)
class Timing:
    """How the files tell time.

    Attributes
    ----------
    columns : the one column, or a date and a clock column.
    time_format : the most frequent format, empty for typed columns.
    day_first : the order of numeric dates; None where it doesn't matter.
    ambiguous : whether that order is a mere assumption.
    zone_stated : whether the files say their zone.
    sentence : what was guessed and why.
    """

    columns: tuple[str, ...]
    time_format: str
    day_first: bool | None
    ambiguous: bool
    zone_stated: bool
    sentence: str


def timing(columns: Sequence[Column], rows: pl.DataFrame) -> Timing:
    """Find the columns of instants and how they are written.

    Raises
    ------
    IngestError
        If no column looks like time.
    """
    names = _columns(columns)
    cells = rows.get_column(names[0]) if len(names) == 1 else _joined(rows, names)
    if cells.dtype in (pl.Date, pl.Datetime):
        stated = getattr(cells.dtype, "time_zone", None) is not None
        return Timing(names, "", None, False, stated, f"Time is in the column {names[0]!r}, which holds instants.")
    texts = cells.cast(pl.String).str.strip_chars().drop_nulls().unique(maintain_order=True)
    first, ambiguous, why = _order(texts)
    formats = formats_of(texts, bool(first)) or ("",)
    stated = "z" in formats[0] or formats[0].startswith("epoch")
    sentence = f"Time is in {' and '.join(map(repr, names))}, written like {texts[0]!r} ({formats[0]}){why}."
    return Timing(names, formats[0], first, ambiguous, stated, sentence)


def _columns(columns: Sequence[Column]) -> tuple[str, ...]:
    kinds = {kind: [c.name for c in columns if c.kind == kind] for kind in ("instant", "date", "clock")}
    if kinds["instant"]:
        return (max(kinds["instant"], key=lambda name: bool(_NAMED.search(name))),)
    if kinds["date"] and kinds["clock"]:
        return (kinds["date"][0], kinds["clock"][0])
    if kinds["date"]:
        return (kinds["date"][0],)
    raise IngestError(
        "no column looks like time",
        found=", ".join(column.name for column in columns),
        expected="a column of instants such as 2024-03-05 14:00:00 or seconds since 1970",
        remedy="write the fleet's YAML by hand and name source.options.time and time_format",
    )


def _joined(rows: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in names]
    return rows.select(pl.concat_str(parts, separator=" ").alias("when")).to_series()


def _order(texts: pl.Series) -> tuple[bool | None, bool, str]:
    """Tell day first from month first: by a value above 12, else by which reading makes the shorter recording."""
    try:
        formats_of(texts)
    except IngestError:
        spans = {first: _span(texts, first) for first in (True, False)}
        if spans[True] == spans[False]:
            return True, True, "; ambiguous: day and month can't be told apart, day first is assumed"
        first = spans[True] < spans[False]
        word = "day" if first else "month"
        return first, False, f"; {word} first, because the recording would have long holes the other way round"
    order = order_of_day(texts)
    if order is None:
        return None, False, ""
    return order, False, f"; {'day' if order else 'month'} first, because a number above 12 stands there"


def _span(texts: pl.Series, day_first: bool) -> float:
    rule = time_rule(texts, "UTC", None, day_first)
    read = texts.to_frame("when").select(rule.expression(pl.col("when"), pl.String()).alias("t")).to_series()
    length = read.max() - read.min()  # type: ignore[operator]
    return float(length.total_seconds()) if read.null_count() == 0 else float("inf")  # type: ignore[union-attr]
