"""Label intervals: runs of marked rows become intervals, intervals are cut at midnight UTC."""

from datetime import timedelta

import polars as pl

LABEL_COLUMNS = ("unit_id", "start", "end", "sensor", "failure_type", "note", "failure_at", "source")
_UTC = pl.Datetime("us", "UTC")


def cut_at_midnight(intervals: pl.DataFrame) -> pl.DataFrame:
    """Cut intervals [start, end) into one row per UTC day they touch; empty ones vanish.

    Parameters
    ----------
    intervals : (n_intervals,) with at least ``start`` and ``end``; every other column is repeated.

    Returns
    -------
    (n_pieces,) the same columns, sorted as given, then by day.
    """
    last = (pl.col("end") - pl.duration(microseconds=1)).dt.truncate("1d")
    midnights = pl.datetime_ranges(pl.col("start").dt.truncate("1d"), last, "1d").alias("midnight")
    pieces = intervals.filter(pl.col("end") > pl.col("start")).with_columns(midnights).explode("midnight")
    return pieces.with_columns(
        pl.max_horizontal("start", "midnight"),
        pl.min_horizontal("end", pl.col("midnight") + timedelta(days=1)).alias("end"),
    ).drop("midnight")


def marked_runs(rows: pl.DataFrame, mark: str, bridge: timedelta = timedelta(hours=1)) -> pl.DataFrame:
    """Join neighbouring marked rows of one unit into intervals.

    Parameters
    ----------
    rows : (n_rows,) ``unit_id``, ``time`` and the column ``mark``, text that is null where a row isn't marked.
    bridge : marked neighbours further apart than this belong to two intervals: nobody looked in between.

    Returns
    -------
    (n_intervals,) ``unit_id``, ``start``, ``end``, ``note`` (the mark). An interval ends with the next row, or one
    sampling step (the file's median) after its last row when the next row is further away.
    """
    ordered = rows.select("unit_id", "time", pl.col(mark).alias("note")).unique(["unit_id", "time"], keep="last")
    ordered = ordered.sort("unit_id", "time")
    gap = pl.col("time").diff().over("unit_id")
    step = ordered.select(gap.filter(gap > timedelta(0)).median()).item() or timedelta(seconds=1)
    following = pl.col("time").shift(-1).over("unit_id")
    new = (gap > bridge).fill_null(True) | pl.col("note").ne_missing(pl.col("note").shift().over("unit_id"))
    runs = ordered.with_columns(
        new.cum_sum().alias("run"), pl.min_horizontal(following, pl.col("time") + step).alias("stop")
    )
    return (
        runs.filter(pl.col("note").is_not_null())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("unit_id").first(),
            pl.col("time").first().alias("start"),
            pl.col("stop").last().alias("end"),
            pl.col("note").first(),
        )
        .drop("run")
    )


def as_labels(intervals: pl.DataFrame, *, failure_type: str, source: str, sensor: str | None = None) -> pl.DataFrame:
    """Complete intervals to rows of the labels table, cut at midnight UTC."""
    defaults = {"note": pl.lit(None, pl.String), "failure_at": pl.lit(None, _UTC)}
    full = intervals.with_columns(
        pl.lit(sensor, pl.String).alias("sensor"),
        pl.lit(failure_type).alias("failure_type"),
        pl.lit(source).alias("source"),
        *(value.alias(name) for name, value in defaults.items() if name not in intervals.columns),
    )
    return cut_at_midnight(full).select(LABEL_COLUMNS)
