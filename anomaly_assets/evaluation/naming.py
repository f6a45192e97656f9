"""Events against what their alarms are named after: whether the kind of an anomaly is told rightly.

Whether it is seen at all is events.py's; how an alarm gets its name is told in episodes.py.
"""

from datetime import timedelta

import polars as pl

from .episodes import episodes


def named_events(
    windows: pl.DataFrame, events: pl.DataFrame, merge_gap: timedelta, *, afterwards: timedelta = timedelta(hours=1)
) -> pl.DataFrame:
    """Tell what each event was taken for.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly, score, anomaly_kind; one row = one scored window.
    events : unit_id, start, end and whatever else; one row = one event, not cut at midnight.
    merge_gap : anomalous windows of a unit with at most this between them are one alarm.
    afterwards : how long an event may still be seen once it is over, because windows look back on it.

    Returns
    -------
    The events with ``anomaly_kind``: the kind of the alarm, of several the one with most anomalous windows, that
    overlaps the event or what comes afterwards; null where there is none.
    """
    alarms = episodes(windows, merge_gap).select(
        "unit_id", "windows", "anomaly_kind", alarm_start="start", alarm_end="end"
    )
    numbered = events.with_row_index("event")
    met = numbered.join(alarms, on="unit_id").filter(
        pl.col("alarm_start") < pl.col("end") + afterwards, pl.col("alarm_end") > pl.col("start")
    )
    longest = met.group_by("event").agg(pl.col("anomaly_kind").sort_by("windows", "alarm_start").last())
    return numbered.join(longest, on="event", how="left", maintain_order="left").drop("event")
