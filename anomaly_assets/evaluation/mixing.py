"""The measures of mixtures of blocks: each block counted so and so often, as a bootstrap draws them.

A mixture without what a measure needs gives NaN. What is counted is in tallies.py, how often it is drawn in blocks.py.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .tallies import Numbers, Tally

CURVE_STEPS = 250
"""Steps of the ranking curves of mixtures; they stand at scores of anomalous windows, to resolve rare ones."""


def counted_measures(tally: Tally, weights: Numbers, budget_per_unit_day: float | None) -> dict[str, Numbers]:
    """Everything that decisions alone decide: name to (n_mixtures,).

    Parameters
    ----------
    weights : (n_mixtures, n_blocks) how often each block counts.
    budget_per_unit_day : tolerated alarms; without it there is no ``alarm_budget_ratio``.
    """
    hits, false, missed, quiet = (weights @ part for part in (tally.hits, tally.false, tally.missed, tally.quiet))
    events, alarms, days = weights @ tally.events, weights @ tally.alarms, weights @ tally.normal_days
    budget = np.nan if budget_per_unit_day is None else budget_per_unit_day
    return {
        "prevalence": _share(hits + missed, hits + false + missed + quiet),
        "f1": _share(2 * hits, 2 * hits + false + missed),
        "precision": _share(hits, hits + false),
        "recall": _share(hits, hits + missed),
        "far": _share(false, false + quiet),
        "mar": _share(missed, hits + missed),
        "event_recall": _share(weights @ tally.found, events),
        "event_precision": _share(weights @ tally.true, alarms),
        "false_alarms_per_day": _share(alarms - weights @ tally.true, days),
        "detection_delay_median_s": _quantile(*tally.delays, weights, 0.5),
        "lead_time_median_s": _quantile(*tally.leads, weights, 0.5),
        "lead_time_p10_s": _quantile(*tally.leads, weights, 0.1),
        "alarm_budget_ratio": _share(weights @ tally.daily, days * budget),
    }


def ranking_measures(marked: pl.DataFrame, weights: Numbers) -> dict[str, Numbers]:
    """``auc_pr`` and ``roc_auc`` of mixtures, on a curve of at most `CURVE_STEPS` steps: name to (n_mixtures,).

    Parameters
    ----------
    marked : score, label, block.
    """
    label, score, block = (marked[name].to_numpy() for name in ("label", "score", "block"))
    if not label.any():
        return {name: np.full(len(weights), np.nan) for name in ("auc_pr", "roc_auc")}
    ranked = np.sort(score[label])
    cuts = np.unique(ranked[np.linspace(0, ranked.size - 1, CURVE_STEPS).astype(int)])[::-1]
    place = np.searchsorted(-cuts, -score, side="left")  # the last place is below every anomalous window
    shape = (weights.shape[1], cuts.size + 1)
    hits, every = (
        np.cumsum(weights @ np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape), axis=1)
        for cells in ((block * shape[1] + place)[label], block * shape[1] + place)
    )
    gains, false = np.diff(hits, prepend=0), np.diff(every - hits, prepend=0)
    area = np.sum(false * (hits - gains / 2), axis=1)
    return {
        "auc_pr": _share(np.sum(gains * _share(hits, every, 0.0), axis=1), hits[:, -1]),
        "roc_auc": _share(area, hits[:, -1] * (every - hits)[:, -1]),
    }


def _share(part: Numbers, whole: Numbers, otherwise: float = np.nan) -> Numbers:
    return np.divide(part, whole, out=np.full(np.shape(part), otherwise), where=whole > 0)


def _quantile(values: Numbers, blocks: NDArray[np.int64], weights: Numbers, share: float) -> Numbers:
    """Quantile of values that count as often as their block: the smallest value that so many don't exceed."""
    if values.size == 0:
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, blocks[order]], axis=1)
    place = np.argmax(reached >= share * reached[:, -1:], axis=1)
    return np.where(reached[:, -1] > 0, values[order][place], np.nan)
