"""The decisions of one model against those of another on the same windows, drawn block by block for both.

Scores are compared in pairing.py; here two models may score on scales of their own, or one take over from another.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from ..errors import EvaluationError
from .blocks import mixtures
from .mixing import counted_measures
from .resampling import Interval
from .tallies import Numbers, marked_windows, tally

OF_DECISIONS = (
    "event_recall",
    "event_precision",
    "detection_delay_median_s",
    "precision",
    "far",
    "alarm_budget_ratio",
)
"""Measures that decisions alone decide, as `Measurement` names them."""

_WITHOUT_EVENTS = ("far", "alarm_budget_ratio")


def decisions_apart(
    mine: pl.DataFrame,
    other: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    merge_gap: timedelta,
    budget_per_unit_day: float = 1.0,
    block: str = "unit_id",
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> dict[str, Interval]:
    """Difference of every measure of `OF_DECISIONS`, mine minus the other's, by a paired bootstrap over blocks.

    Measures are taken of all windows together and both of the same draws (Efron 1979), so that a difference is that of
    two numbers of `measure`, and what makes a draw hard for everybody is removed.

    Parameters
    ----------
    mine, other : unit_id, window_start, window_end, score, is_anomaly and ``block`` of the same windows; any order.
    labels : table ``labels``.
    budget_per_unit_day : with 1, ``alarm_budget_ratio`` is false alarms per unit and day, counted again every day.

    Returns
    -------
    Measure to its interval; ``units`` is the number of blocks that tell. Ends are infinite with fewer than two of
    them, the estimate is NaN where one side has no such measure.

    Raises
    ------
    EvaluationError
        If the two have decided about different windows.
    """
    if mine.height != other.height or mine.join(other, on=["unit_id", "window_start"], how="semi").height < mine.height:
        raise EvaluationError("decisions about different windows can't be compared", expected="the same windows twice")
    settings: dict[str, Any] = {
        "merge_gap": merge_gap,
        "budget": budget_per_unit_day,
        "block": block,
        "resamples": resamples,
    }
    own, counts = _measures(mine, labels, seed=seed, **settings)
    others, _ = _measures(other, labels, seed=seed, **settings)
    return {
        name: _interval(own[name] - others[name], counts[name not in _WITHOUT_EVENTS], confidence)
        for name in OF_DECISIONS
    }


def _measures(
    scored: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    merge_gap: timedelta,
    budget: float,
    block: str,
    resamples: int,
    seed: int,
) -> tuple[dict[str, Numbers], tuple[int, int]]:
    """Measures of all windows and of every draw, and the number of blocks and of those that hold events."""
    marked = marked_windows(scored, labels, block)
    counted = tally(marked, labels, merge_gap, persistence=1)
    weights = mixtures(counted.hits.size, resamples if marked.height else 0, seed)
    eventful = int(np.count_nonzero(counted.hits + counted.missed))
    return counted_measures(counted, weights, budget), (counted.hits.size, eventful)


def _interval(differences: Numbers, blocks: int, confidence: float) -> Interval:
    estimate, drawn = float(differences[0]), differences[1:]
    known = drawn[~np.isnan(drawn)]
    if blocks < 2 or known.size == 0:
        return Interval(estimate, -np.inf, np.inf, blocks)
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, float(low), float(high), blocks)
