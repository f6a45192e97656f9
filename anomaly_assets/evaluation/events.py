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
    events, alarms = judged_events(marked, labels), judged_alarms(marked, merge_gap)
    delays, false = events["delay"].drop_nulls(), int((~alarms["true"]).sum())
    normal_days = unit_days(marked.filter(~pl.col("label")))
    return EventMetrics(
        events=events.height,
        alarms=alarms.height,
        event_recall=delays.len() / events.height if events.height else None,
        event_precision=1 - false / alarms.height if alarms.height else None,
        false_alarms_per_unit_day=false / normal_days if normal_days else None,
        median_delay=delays.median() if delays.len() else None,  # type: ignore[arg-type]
    )


def judged_events(windows: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Events that a window overlaps: unit_id, start, end, seen (end of the first window), delay (null when missed)."""
    events = join_cut_labels(labels)
    known = first_window_known(events, windows.filter("is_anomaly"))
    judged = events.with_columns(
        first_window_known(events, windows).alias("seen"), (known - events["start"]).alias("delay")
    )
    return judged.filter(pl.col("seen").is_not_null())


def judged_alarms(windows: pl.DataFrame, merge_gap: timedelta) -> pl.DataFrame:
    """Give every merged alarm: unit_id, start, true (a window of it overlaps an event).

    Parameters
    ----------
    windows : unit_id, window_start, window_end, is_anomaly and the Boolean ``label`` of `label_windows`.
    """
    alarms = number_alarms(windows, merge_gap).group_by("unit_id", "alarm", maintain_order=True)
    return alarms.agg(pl.col("window_start").first().alias("start"), pl.col("label").any().alias("true")).drop("alarm")


def unit_days(windows: pl.DataFrame) -> float:
    """Time that windows cover, in days, all units together."""
    covered = (windows["window_end"] - windows["window_start"]).dt.total_microseconds().sum()
    return int(covered) / (DAY / timedelta(microseconds=1))
