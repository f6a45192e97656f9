"""Decisions against events: what a person on duty would have seen, missed and been woken up for.

No point adjustment: one anomalous window inside an event makes that event found, and counts for nothing else.
"""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from .episodes import number_alarms
from .labelling import first_window_known, join_cut_labels, label_windows

DAY = timedelta(days=1)


@dataclass(frozen=True)
class EventMetrics:
    """Alarms against labelled events.

    Attributes
    ----------
    events : labelled events that a window overlaps; what nobody observed is not judged.
    alarms : runs of anomalous windows, merged.
    event_recall : share of the events that an anomalous window overlaps; None without events.
    event_precision : share of the alarms with a window that overlaps an event; None without alarms.
    false_alarms_per_unit_day : the other alarms over the unlabelled time observed; None without such time.
    median_delay : from an event's start to the end of the first anomalous window that overlaps it (a window is known
        when it ends), median over found events; None when none was found.
    """

    events: int
    alarms: int
    event_recall: float | None
    event_precision: float | None
    false_alarms_per_unit_day: float | None
    median_delay: timedelta | None


def event_metrics(windows: pl.DataFrame, labels: pl.DataFrame, merge_gap: timedelta) -> EventMetrics:
    """Compare alarms with labelled events.

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly; one row = one scored window.
    labels : table ``labels``; pieces cut at midnight are joined again.
    merge_gap : anomalous windows of a unit with at most this between them are one alarm.
    """
    marked = windows.with_columns(label_windows(windows, labels))
    delays, observed = _delays(marked, labels)
    alarms = number_alarms(marked, merge_gap).group_by("unit_id", "alarm").agg(pl.col("label").any())["label"]
    false, normal_days = alarms.len() - int(alarms.sum()), _days(marked.filter(~pl.col("label")))
    return EventMetrics(
        events=observed,
        alarms=alarms.len(),
        event_recall=delays.len() / observed if observed else None,
        event_precision=1 - false / alarms.len() if alarms.len() else None,
        false_alarms_per_unit_day=false / normal_days if normal_days else None,
        median_delay=delays.median() if delays.len() else None,  # type: ignore[arg-type]
    )


def _delays(windows: pl.DataFrame, labels: pl.DataFrame) -> tuple[pl.Series, int]:
    """Detection delays of the found events, and how many events were observed at all."""
    events = join_cut_labels(labels)
    known = first_window_known(events, windows.filter("is_anomaly"))
    return (known - events["start"]).drop_nulls(), first_window_known(events, windows).count()


def _days(windows: pl.DataFrame) -> float:
    covered = (windows["window_end"] - windows["window_start"]).dt.total_microseconds().sum()
    return int(covered) / (DAY / timedelta(microseconds=1))
