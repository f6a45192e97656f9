"""How well scores put anomalous windows before normal ones, whatever the threshold; and how rare those are."""

import numpy as np
from numpy.typing import ArrayLike


def auc_pr(labels: ArrayLike, scores: ArrayLike) -> float | None:
    """Area under the precision-recall curve as average precision: the sum of precision x gain in recall.

    Windows with equal scores are one step, so that their order doesn't matter. A random score gets the prevalence.

    Parameters
    ----------
    labels : (n_windows,) true where anomalous.
    scores : (n_windows,) higher is more anomalous.

    Returns
    -------
    None without an anomalous window (also without any window); 1.0 when all are anomalous.
    """
    hits, flagged = _curve(labels, scores)
    if hits.size == 0 or hits[-1] == 0:
        return None
    gains = np.diff(hits, prepend=0)
    return float(np.sum(gains * hits / flagged) / hits[-1])


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float | None:
    """Probability that an anomalous window scores above a normal one, ties counting half (Mann-Whitney).

    Returns
    -------
    None when either kind is absent.
    """
    hits, flagged = _curve(labels, scores)
    false = flagged - hits
    if hits.size == 0 or hits[-1] == 0 or false[-1] == 0:
        return None
    area = np.diff(false, prepend=0) * (hits + np.concatenate([[0], hits[:-1]])) / 2
    return float(area.sum() / (hits[-1] * false[-1]))


def prevalence(labels: ArrayLike) -> float | None:
    """Share of anomalous windows; None without any window."""
    anomalous = np.asarray(labels, dtype=bool)
    return float(anomalous.mean()) if anomalous.size else None


def _curve(labels: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Anomalous and all windows at or above each distinct score, from the highest down: float64 (n_distinct,)."""
    distinct, place = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True)
    hits = np.bincount(place, weights=np.asarray(labels, dtype=bool), minlength=distinct.size)
    return np.cumsum(hits[::-1]), np.cumsum(np.bincount(place, minlength=distinct.size)[::-1]).astype(np.float64)
