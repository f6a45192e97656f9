"""Labels as events, and windows as anomalous or normal.

A label that names a sensor counts for its whole unit: windows belong to units. Labels, events and windows are half
open, [start, end).
"""

import polars as pl


def join_cut_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Join labels of a unit that touch or overlap into one event: unit_id, start, end; sorted, apart from each other.

    Labels are stored cut at midnight; what was one thing is one event again. Labels of several sensors of a unit that
    overlap in time are one event, too.
    """
    ordered = labels.select("unit_id", "start", "end").sort("unit_id", "start", "end")
    known_end = pl.col("end").cum_max().shift(1).over("unit_id")
    opens = (pl.col("start") > known_end).fill_null(True)
    numbered = ordered.with_columns(opens.cum_sum().over("unit_id").alias("event"))
    joined = numbered.group_by("unit_id", "event", maintain_order=True)
    return joined.agg(pl.col("start").min(), pl.col("end").max()).drop("event")


def label_windows(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """Whether a label of its unit overlaps each window: Boolean (n_windows,), in the windows' order.

    Parameters
    ----------
    windows : unit_id, window_start, window_end.
    labels : table ``labels``.
    """
    numbered = windows.select("unit_id", "window_start", "window_end").with_row_index("row").sort("window_end")
    latest = numbered.join_asof(
        join_cut_labels(labels).sort("start"),
        left_on="window_end",
        right_on="start",
        by="unit_id",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    overlaps = (pl.col("end") > pl.col("window_start")).fill_null(False)
    return latest.sort("row").select(overlaps.alias("label")).to_series()


def first_window_known(events: pl.DataFrame, windows: pl.DataFrame) -> pl.Series:
    """End of the first window that overlaps each event: Datetime (n_events,), null without one.

    Parameters
    ----------
    events : of `join_cut_labels`.
    windows : unit_id, window_start, window_end; a unit's windows follow each other.
    """
    following = windows.select("unit_id", "window_start", "window_end").sort("window_end")
    first = (
        events.with_row_index("row")
        .sort("start")
        .join_asof(
            following,
            left_on="start",
            right_on="window_end",
            by="unit_id",
            strategy="forward",
            allow_exact_matches=False,
            coalesce=False,
            check_sortedness=False,
        )
    )
    overlaps = pl.col("window_start") < pl.col("end")
    return first.sort("row").select(pl.when(overlaps).then("window_end").alias("known")).to_series()
