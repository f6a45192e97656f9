"""Recordings that state no instants: row k happened k steps after an epoch, for every unit.

Shared by the readers of such formats; which rows a file has, and what they mean, is theirs.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from ..config import Duration, Model
from .cells import Cells
from .delimited import ROW, Text
from .times import TimeRule

_UTC = pl.Datetime("us", "UTC")


class Steps(Model):
    """What the YAML of a format without instants may say under ``source.options``, at least.

    Attributes
    ----------
    epoch : the day of every unit's first row (midnight UTC).
    step : time between two rows.
    """

    epoch: date = date(2000, 1, 1)
    step: Duration = timedelta(minutes=1)

    def instant(self, index: int) -> datetime:
        """Give the instant of row ``index``, counted from 0."""
        return datetime(self.epoch.year, self.epoch.month, self.epoch.day, tzinfo=UTC) + index * self.step

    def instants(self, index: pl.Expr) -> pl.Expr:
        """Give the instants of a column of row indices, counted from 0."""
        passed = pl.duration(microseconds=index * (self.step // timedelta(microseconds=1)))
        return (pl.lit(self.instant(0)).cast(_UTC) + passed).cast(_UTC)

    def intervals(self, unit: str, spans: Iterable[tuple[int, int]]) -> pl.DataFrame:
        """Turn spans of rows [start, stop) into intervals: (n_spans,) ``unit_id``, ``start``, ``end``."""
        rows = [(unit, self.instant(start), self.instant(stop)) for start, stop in spans]
        return pl.DataFrame(rows, schema={"unit_id": pl.String, "start": _UTC, "end": _UTC}, orient="row")


def timed(
    text: Text,
    name: str,
    unit: str,
    options: Steps,
    *,
    chosen: dict[str, str],
    index: pl.Expr | None = None,
    ahead: int = 0,
) -> Cells:
    """Give a file's rows their unit and their instants, ready to be typed.

    Parameters
    ----------
    text : the file's cells.
    name, unit : the file's name and whose readings it holds.
    chosen : sensors, each with its column.
    index : the row's index, counted from 0; its line number where the format has none.
    ahead : rows of the same unit that came before this file.
    """
    place = pl.col(ROW) - 1 if index is None else index
    rows = text.cells.select(
        ROW,
        pl.lit(unit, pl.String).alias("unit_id"),
        options.instants(place + ahead).alias("when"),
        *(pl.col(column).alias(sensor) for sensor, column in chosen.items()),
    )
    rule = TimeRule((), "UTC", fixed=True)
    return Cells(name=name, rows=rows, rule=rule, numbers=tuple(chosen), ragged=text.ragged)


def filled(text: Text) -> Text:
    """Leave blank lines out; they are no rows, wherever they stand."""
    some = pl.any_horizontal(pl.col(column).is_not_null() for column in text.columns)
    return Text(text.columns, text.cells.filter(some), text.ragged)


def spans_of(marked: pl.Series) -> list[tuple[int, int]]:
    """Find runs of marked rows.

    Parameters
    ----------
    marked : Boolean (n_rows,); null isn't marked.

    Returns
    -------
    Spans of row indices [start, stop), in order.
    """
    runs = marked.fill_null(False).rle().struct.unnest()
    stop = runs.get_column("len").cast(pl.Int64).cum_sum()
    told = runs.with_columns(stop.alias("stop")).filter(pl.col("value"))
    return told.select((pl.col("stop") - pl.col("len")).alias("start"), "stop").rows()
