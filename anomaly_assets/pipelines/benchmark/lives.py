"""Ends of life, round by round: was there an alarm before the failure, how long before, how many false ones."""

from collections.abc import Iterator, Sequence

from ...config import parse_duration
from ...evaluation import event_metrics, far, label_windows, lead_summary, lead_times
from .records import Record
from .selecting import Decided


def lives(suite: str, decided: Sequence[Decided]) -> Iterator[Record]:
    """Tell what every detector said of the failures of every round.

    Yields
    ------
    suite, round, detector, chosen; ``failures`` that were watched and how many of them were ``warned`` of, after their
    label began; ``lead_time_median`` in seconds over all of them, a missed one having none, and ``lead_time_possible``,
    how long before the failure a label begins. ``false_before`` counts the alarms per day of the units that failed,
    before that. ``false_alarms_per_day`` of a unit and ``far``, the share of windows flagged, are of all time outside
    of labels, also that of units that didn't fail. Look at both: one alarm that never stops is never counted as a
    false one.
    """
    for one in decided:
        recordings = one.result.round.recordings
        labels, gap = recordings.labels, recordings.fleet.threshold.merge_gap
        horizon = recordings.fleet.labels.failure_horizon
        leads = lead_summary(lead_times(one.scored, labels))
        failed = one.scored.join(labels, on="unit_id", how="semi", maintain_order="left")
        yield {
            "suite": suite,
            "round": one.result.round.name,
            "detector": one.detector,
            "chosen": one.chosen,
            "failures": leads.failures,
            "warned": leads.warned,
            "lead_time_median": None if leads.median is None else leads.median.total_seconds(),
            "lead_time_possible": None if horizon is None else parse_duration(horizon).total_seconds(),
            "false_before": event_metrics(failed, labels, gap).false_alarms_per_unit_day,
            "false_alarms_per_day": event_metrics(one.scored, labels, gap).false_alarms_per_unit_day,
            "far": far(label_windows(one.scored, labels), one.scored["is_anomaly"]),
        }
