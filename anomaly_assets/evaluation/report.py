"""One detector measured: every number that a comparison needs, with its interval. Counting is in tallies.py."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from ..errors import EvaluationError
from .blocks import mixtures
from .mixing import counted_measures, ranking_measures
from .ranking import auc_pr, roc_auc
from .resampling import wilson
from .tallies import Numbers, Tally, marked_windows, tally
from .vus import volumes

_NEEDS = ("unit_id", "window_start", "window_end", "score", "is_anomaly")
_WITHOUT_EVENTS = ("far", "false_alarms_per_day", "alarm_budget_ratio")


@dataclass(frozen=True)
class Measurement:
    """How good scores and decisions are; a number is None where it is not defined.

    Attributes
    ----------
    vus_pr, auc_pr, roc_auc : of the scores, whatever the threshold; read ``auc_pr`` beside ``prevalence``.
    prevalence : share of anomalous windows, what a random score earns as ``auc_pr``.
    f1, precision, recall, far, mar : of decisions, window by window, nothing adjusted.
    event_recall, event_precision, false_alarms_per_day, detection_delay_median_s : of `event_metrics`; false alarms
        per day of unlabelled time of one unit, the delay over found events, in seconds.
    lead_time_median_s, lead_time_p10_s : of `lead_times`, in seconds, over all known failures; a missed one has zero.
    alarm_budget_ratio : alarms on unlabelled windows, counted again every day they stay on, over those budgeted.
    windows, events : scored windows; labelled events that a window overlaps.
    blocks : resampled blocks, see `resampling_blocks`.
    intervals : measure to its interval; None where fewer than two blocks could tell.
    """

    vus_pr: float | None
    auc_pr: float | None
    prevalence: float | None
    roc_auc: float | None
    f1: float | None
    precision: float | None
    recall: float | None
    far: float | None
    mar: float | None
    event_recall: float | None
    event_precision: float | None
    false_alarms_per_day: float | None
    detection_delay_median_s: float | None
    lead_time_median_s: float | None
    lead_time_p10_s: float | None
    alarm_budget_ratio: float | None
    windows: int
    events: int
    blocks: int
    intervals: Mapping[str, tuple[float, float] | None]

    def to_json(self) -> dict[str, Any]:
        """Flat dictionary of plain numbers, with ``intervals`` as a dictionary of [low, high] or None."""
        intervals = {name: list(ends) if ends else None for name, ends in self.intervals.items()}
        return asdict(self) | {"intervals": intervals}


def measure(
    scored: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    merge_gap: timedelta,
    buffer: int,
    budget_per_unit_day: float | None = None,
    block: str = "unit_id",
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
    thresholds: int = 250,
    widths: int = 16,
    persistence: int = 1,
) -> Measurement:
    """Measure scores and decisions against labels, with percentile intervals over resampled blocks (Efron 1979).

    Blocks are drawn, not windows: windows of one unit resemble each other. All measures of a resample are taken of the
    same draw. Ranking measures of a resample keep the thresholds of all windows (``auc_pr`` and ``roc_auc`` on 250
    steps); resamples that don't define a measure are left out of its interval. Measures that need events have no
    interval unless two blocks hold events; with fewer than about ten such blocks they are too narrow. Event recall
    and precision are shares of few things: resampling says [1, 1] when all of four events were found, so that their
    intervals reach at least as far as Wilson's (1927).

    Parameters
    ----------
    scored : unit_id, window_start, window_end, score, is_anomaly and ``block``; any order, any other columns.
    labels : table ``labels``.
    merge_gap : anomalous windows of a unit with at most this between them are one alarm.
    buffer : widest buffer of `vus_pr`, in windows; state it beside the number.
    budget_per_unit_day : tolerated alarms per unit and day.
    block : column of what varies independently.
    confidence : share of resamples inside an interval.
    resamples : 0 skips the intervals, for speed.
    thresholds, widths : of `vus_pr`.
    persistence : of `lead_times`.

    Raises
    ------
    EvaluationError
        when a column is missing or a score is not finite.
    """
    _check(scored, block)
    marked = marked_windows(scored, labels, block)
    counted = tally(marked, labels, merge_gap, persistence)
    weights = mixtures(counted.hits.size, resamples if marked.height else 0, seed)
    found = counted_measures(counted, weights, budget_per_unit_day)
    found |= ranking_measures(marked, weights)
    found["vus_pr"] = _volumes(marked, weights, buffer=buffer, thresholds=thresholds, widths=widths)
    return Measurement(
        **{name: _number(values[0]) for name, values in (found | _exact(marked, counted)).items()},
        windows=marked.height,
        events=int(counted.events.sum()),
        blocks=marked["block"].n_unique(),
        intervals=_intervals(found, counted, confidence) if resamples else {},
    )


def _check(scored: pl.DataFrame, block: str) -> None:
    absent = sorted({*_NEEDS, block} - set(scored.columns))
    if absent:
        raise EvaluationError(
            "scored windows can't be measured", found=f"no column {', '.join(absent)}", expected=_NEEDS
        )
    bad = scored.height - int(scored["score"].is_finite().sum())
    if bad:
        raise EvaluationError("scores can't be ranked", found=f"{bad} not finite", remedy="score every window first")


def _volumes(marked: pl.DataFrame, weights: Numbers, **settings: int) -> Numbers:
    label, score, block = (marked[name].to_numpy() for name in ("label", "score", "block"))
    units = (marked["unit_id"].rank("dense") - 1).cast(pl.Int64).to_numpy()
    return volumes(label, score, units=units, blocks=block, weights=weights, **settings)


def _exact(marked: pl.DataFrame, counted: Tally) -> dict[str, list[float | None]]:
    """Estimates that are taken on all windows without the grid or the rounding of resamples."""
    delays, leads = counted.delays[0], counted.leads[0]
    return {
        "auc_pr": [auc_pr(marked["label"], marked["score"])],
        "roc_auc": [roc_auc(marked["label"], marked["score"])],
        "detection_delay_median_s": [float(np.median(delays)) if delays.size else None],
        "lead_time_median_s": [float(np.median(leads)) if leads.size else None],
        "lead_time_p10_s": [float(np.quantile(leads, 0.1)) if leads.size else None],
    }


def _intervals(
    found: Mapping[str, Numbers], counted: Tally, confidence: float
) -> dict[str, tuple[float, float] | None]:
    eventful = np.count_nonzero(counted.hits + counted.missed)
    telling = {name: counted.hits.size if name in _WITHOUT_EVENTS else eventful for name in found}
    ends = {name: _ends(values[1:], confidence) if telling[name] > 1 else None for name, values in found.items()}
    shares = {"event_recall": (counted.found, counted.events), "event_precision": (counted.true, counted.alarms)}
    for name, (part, whole) in shares.items():
        drawn = ends[name]
        if drawn is not None:
            low, high = wilson(float(part.sum()), float(whole.sum()), confidence)
            ends[name] = min(low, drawn[0]), max(high, drawn[1])
    return ends


def _ends(values: Numbers, confidence: float) -> tuple[float, float] | None:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return None
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
