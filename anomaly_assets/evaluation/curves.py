"""What pictures of a detector are drawn from: its precision-recall curve and where its scores lie. No drawing here."""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike


def pr_curve(labels: ArrayLike, scores: ArrayLike, *, points: int = 200) -> pl.DataFrame:
    """Precision and recall at descending thresholds: threshold, recall, precision; empty without an anomalous window.

    Parameters
    ----------
    labels : (n_windows,) true where anomalous.
    scores : (n_windows,) higher is more anomalous; windows with equal scores are one step.
    points : at most so many rows, evenly spaced in recall.
    """
    anomalous, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    distinct, place = np.unique(values, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=anomalous, minlength=distinct.size)[::-1])
    flagged = np.cumsum(np.bincount(place, minlength=distinct.size)[::-1])
    if hits.size == 0 or hits[-1] == 0:
        return pl.DataFrame(schema={"threshold": pl.Float64, "recall": pl.Float64, "precision": pl.Float64})
    recall = hits / hits[-1]
    kept = np.unique(np.searchsorted(recall, np.linspace(recall[0], 1, points), side="left"))
    return pl.DataFrame(
        {"threshold": distinct[::-1][kept], "recall": recall[kept], "precision": hits[kept] / flagged[kept]}
    )


def score_histogram(labels: ArrayLike, scores: ArrayLike, *, bins: int = 40) -> pl.DataFrame:
    """Count normal and anomalous windows by score: low, high, normal, anomalous.

    The bins are evenly spaced from the lowest score to the 99.9 % quantile of all; what lies beyond counts in the last.
    """
    anomalous, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if values.size == 0:
        return pl.DataFrame(schema=dict.fromkeys(("low", "high", "normal", "anomalous"), pl.Float64))
    top = float(np.quantile(values, 0.999))
    edges = np.linspace(float(values.min()), max(top, float(values.min()) + 1e-12), bins + 1)
    inside = np.minimum(values, edges[-1])
    normal, other = (np.histogram(inside[chosen], edges)[0].astype(float) for chosen in (~anomalous, anomalous))
    return pl.DataFrame({"low": edges[:-1], "high": edges[1:], "normal": normal, "anomalous": other})
