"""Anomalous windows grouped into alarms, the way a person would count them."""

from datetime import timedelta

import polars as pl

from ..contracts import count_kinds, kind_of_most

_OF_PEAK = ("top_sensor", "feature_1", "observed_1", "expected_1", "direction_1")
"""What is told of an alarm by its window with the highest score."""


def number_alarms(windows: pl.DataFrame, merge_gap: timedelta) -> pl.DataFrame:
    """Keep the anomalous windows, sorted by unit and time, and add ``alarm``: its number within the unit, from 1."""
    anomalous = windows.filter("is_anomaly").sort("unit_id", "window_start")
    silence = pl.col("window_start") - pl.col("window_end").shift(1).over("unit_id")
    opens = (silence > merge_gap).fill_null(True)
    return anomalous.with_columns(opens.cum_sum().over("unit_id").alias("alarm"))


def episodes(windows: pl.DataFrame, merge_gap: timedelta) -> pl.DataFrame:
    """Group anomalous windows of a unit into one alarm while at most ``merge_gap`` of time lies between them.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly; any order. ``score``, ``top_sensor``, what explains the
        first sensor (feature_1, observed_1, expected_1, direction_1) and ``anomaly_kind`` may be there.

    Returns
    -------
    One row per alarm, sorted by unit_id and start: unit_id, start, end, windows (number of anomalous ones); with
    ``score`` also peak_score, of the window with the highest score what there is of ``top_sensor`` and the others, and
    the ``anomaly_kind`` of most of its windows (of equally many the one with the highest score).
    """
    facts = [
        pl.col("window_start").first().alias("start"),
        pl.col("window_end").last().alias("end"),
        pl.len().cast(pl.Int64).alias("windows"),
    ]
    if "score" in windows.columns:
        facts.append(pl.col("score").max().alias("peak_score"))
        facts += [pl.col(name).get(pl.col("score").arg_max()) for name in _OF_PEAK if name in windows.columns]
    numbered = number_alarms(windows, merge_gap)
    if "score" in windows.columns and "anomaly_kind" in windows.columns:
        numbered = count_kinds(numbered, "unit_id", "alarm")
        facts.append(kind_of_most())
    return numbered.group_by("unit_id", "alarm", maintain_order=True).agg(facts).drop("alarm")


def daily_alarms(windows: pl.DataFrame, merge_gap: timedelta) -> int:
    """Count alarms as a budget counts them: one that stays on counts again every UTC day.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly; any order.
    """
    unit_day = pl.format("{}|{}", "unit_id", pl.col("window_start").dt.date())
    return episodes(windows.with_columns(unit_id=unit_day), merge_gap).height
