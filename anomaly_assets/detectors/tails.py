"""How surprising a score is beside scores of rows that were held out: minus the logarithm of a tail probability.

Which rows are held out and what surprise is for belongs to who asks; alarms belong in thresholds/.
"""

from dataclasses import dataclass

import numpy as np

HUGE = 1e300
"""Largest excess in spreads: its logarithm is still finite."""


@dataclass(frozen=True)
class Tail:
    """Scores of held-out rows, and how the probability of still larger ones falls.

    Attributes
    ----------
    ordered : (n_held_out,) scores, ascending.
    start : score above which the tail begins.
    spread : unit of what goes beyond it: its distance from the median.
    index : mean logarithm of the tail in that unit, Hill's estimate of one over Pareto's exponent.
    """

    ordered: np.ndarray
    start: float
    spread: float
    index: float


def fit_tail(scores: np.ndarray, share: float, *, at_least: int = 10, flattest: float = 1e-3) -> Tail:
    """Learn a tail from the largest scores.

    Hill's estimate on distances from the median, not from nought: a score's nought means nothing, and a score that is
    moved or stretched keeps its surprise. The price is that light tails are taken for somewhat heavier ones. Where more
    than half of the scores lie at the start, their mean excess is the unit; where nothing lies beyond it, 1 is, and the
    exponent is 1 as well.

    Parameters
    ----------
    scores : (n_held_out,) finite, at least one.
    share : of the scores that make the tail.
    at_least : scores that make it, if that is not more than half of them.
    flattest : least index, so that scores with a ceiling don't make what exceeds it infinitely surprising.

    References
    ----------
    Hill, B. M. (1975). A simple general approach to inference about the tail of a distribution. Annals of Statistics
    3(5), 1163-1174.
    Araújo Santos, P., Fraga Alves, M. I. and Gomes, M. I. (2006). Peaks over random threshold methodology for tail
    index and quantile estimation. REVSTAT 4(3), 227-247. (Excess over a quantile in the place of nought.)
    """
    ordered = np.sort(scores)
    count = min(max(at_least, round(share * len(ordered))), len(ordered) // 2)
    start = float(ordered[len(ordered) - 1 - count])
    excess = ordered[ordered > start] - start
    middle = float(ordered[(len(ordered) - 1) // 2])
    spread = start - middle or float(excess.mean() if excess.size else 1.0)
    index = float(np.log1p(excess / spread).mean()) if excess.size else 1.0
    return Tail(ordered, start, spread, max(index, flattest))


def surprise(tail: Tail, scores: np.ndarray) -> np.ndarray:
    """Minus the natural logarithm of the probability that a normal row reaches each score: (n_windows,), none negative.

    Counted among the held-out scores up to the tail's start, with the score itself as one of them; Pareto's law beyond
    it. Never falls as the score rises, and beyond the start it always rises, so that extremes stay in order.
    """
    every = len(tail.ordered)
    reaching = every - np.searchsorted(tail.ordered, scores, side="left")
    beyond = every - np.searchsorted(tail.ordered, tail.start, side="right")
    counted = np.where(scores > tail.start, beyond, reaching)
    with np.errstate(over="ignore"):
        excess = np.clip((scores - tail.start) / tail.spread, 0.0, HUGE)
    return np.log((every + 1) / (counted + 1)) + np.log1p(excess) / tail.index
