"""What alarms would have found if exactly a budget of false ones had been spent: detectors compared on equal terms.

The threshold is set with the judged labels in hand. That tells how well scores rank, and is no threshold for service.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .events import judged_alarms, judged_events, unit_days
from .labelling import label_windows

ENOUGH = 2.0
"""Lower thresholds are no longer tried beyond so many budgets of false alarms; a few more may merge into fewer."""


@dataclass(frozen=True)
class AtBudget:
    """Share of the events found, and share of the alarms that were right; None without events, without alarms."""

    event_recall: float | None
    event_precision: float | None


def at_budget(windows: pl.DataFrame, labels: pl.DataFrame, merge_gap: timedelta, per_unit_day: float) -> AtBudget:
    """Find the most events that a threshold finds with at most so many false alarms.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, score; one row = one judged window.
    labels : table ``labels``.
    merge_gap : anomalous windows of a unit with at most this between them are one alarm.
    per_unit_day : false alarms per unit and unlabelled day that may be raised; as for every budget an alarm that stays
        on counts again every UTC day, so that no alarm that never ends keeps one.
    """
    marked = windows.with_columns(label_windows(windows, labels)).sort("unit_id", "window_start")
    highest = _highest(marked, labels)
    allowed = per_unit_day * unit_days(marked.filter(~pl.col("label")))
    by_day = marked.with_columns(unit_id=pl.format("{}|{}", "unit_id", pl.col("window_start").dt.date()))
    best = AtBudget(0.0 if len(highest) else None, None)
    for bound in np.unique(highest)[::-1]:  # between two of them nothing more is found
        alarms = judged_alarms(by_day.with_columns(is_anomaly=pl.col("score") >= bound), merge_gap)
        false = int((~alarms["true"]).sum())
        if false > ENOUGH * allowed:
            break
        if false <= allowed:
            best = AtBudget(float(np.mean(highest >= bound)), 1 - false / alarms.height)
    return best


def _highest(windows: pl.DataFrame, labels: pl.DataFrame) -> NDArray[np.float64]:
    """The highest score of any window that overlaps each judged event, (n_events,)."""
    units = {str(unit): part for (unit,), part in windows.group_by("unit_id")}
    found = []
    judged = judged_events(windows.with_columns(is_anomaly=pl.lit(value=False)), labels).select(
        "unit_id", "start", "end"
    )
    for unit, start, end in judged.iter_rows():
        part = units[unit]
        first = part["window_end"].search_sorted(start, side="right")
        found.append(part["score"][first : part["window_start"].search_sorted(end, side="left")].max())
    return np.array(found, dtype=np.float64)
