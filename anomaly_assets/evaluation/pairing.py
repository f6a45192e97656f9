"""One detector against others on the very same windows: the difference of a measure, drawn block by block for both.

Detectors side by side, each with its own mean over blocks, are in comparison.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from .blocks import mixtures
from .mixing import ranking_measures
from .ranking import auc_pr
from .resampling import Interval
from .tallies import Numbers, marked_windows


@dataclass(frozen=True)
class Versus:
    """How one detector stands to another.

    Attributes
    ----------
    name : of the other.
    auc_pr : of the other; None without an anomalous window.
    difference : mine minus the other's, with its interval; ``units`` is the number of blocks that hold events. Ends are
        infinite with fewer than two of them, and the estimate is NaN without an anomalous window.
    verdict : "better" or "worse" when 0 lies outside the interval, else "tie".
    """

    name: str
    auc_pr: float | None
    difference: Interval
    verdict: str


def versus(
    mine: pl.DataFrame,
    others: Mapping[str, pl.DataFrame],
    labels: pl.DataFrame,
    *,
    block: str = "unit_id",
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> list[Versus]:
    """Compare average precision over all windows with that of others, by a paired bootstrap over blocks (Efron 1979).

    Of all windows together, not of each unit: within a run to failure a clock ranks perfectly, between them it doesn't.
    Both sides are taken of the same draws, which removes what makes a draw hard for everybody.

    Parameters
    ----------
    mine : unit_id, window_start, window_end, score, is_anomaly and ``block``; any order.
    others : detector to its frame of the same windows.
    labels : table ``labels``.
    """
    own, drawn, eventful = _precisions(mine, labels, block, resamples, seed)
    found = []
    for name, frame in others.items():
        value, other, _ = _precisions(frame, labels, block, resamples, seed)
        interval = _interval(own - value, drawn - other, eventful, confidence)
        found.append(Versus(name, None if np.isnan(value) else value, interval, _verdict(interval)))
    return found


def _precisions(
    scored: pl.DataFrame, labels: pl.DataFrame, block: str, resamples: int, seed: int
) -> tuple[float, Numbers, int]:
    """Average precision of all windows, that of each draw (resamples,), and the number of blocks with events."""
    marked = marked_windows(scored, labels, block)
    exact = auc_pr(marked["label"], marked["score"])
    if exact is None:
        return np.nan, np.full(resamples, np.nan), 0
    weights = mixtures(int(marked["block"].max()) + 1, resamples, seed)  # type: ignore[arg-type]
    drawn = ranking_measures(marked, weights)["auc_pr"][1:]
    return exact, drawn, marked.filter("label")["block"].n_unique()


def _interval(estimate: float, drawn: Numbers, eventful: int, confidence: float) -> Interval:
    known = drawn[~np.isnan(drawn)]
    if eventful < 2 or known.size == 0:
        return Interval(estimate, -np.inf, np.inf, eventful)
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, float(low), float(high), eventful)


def _verdict(interval: Interval) -> str:
    return "better" if interval.low > 0 else "worse" if interval.high < 0 else "tie"
