"""Boosted trees for detectors: grown by scikit-learn, kept and walked as the forecaster's are, checked when loaded.

What they learn, and for whom, belongs to the detector.
"""

from typing import Any

import numpy as np

from ..forecasting.trees import Trees
from .forest import check_trees
from .one_thread import one_thread

NO_TREES = Trees(
    feature=np.zeros(1, np.int32),
    threshold=np.full(1, np.inf),
    child=np.zeros(1, np.int32),
    missing_right=np.zeros(1, bool),
    value=np.zeros(1),
    roots=np.zeros(1, np.int32),
    levels=np.zeros(1, np.int32),
    start=np.array(0.0),
)
"""A single leaf that says 0."""


def grown(rows: np.ndarray, target: np.ndarray, **settings: Any) -> Trees:
    """Grow trees of the mean for rows (n, n_features); on one thread, so that equal rows give equal bits.

    ``settings`` are those of scikit-learn's ``HistGradientBoostingRegressor``.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    with one_thread():
        return Trees.of(HistGradientBoostingRegressor(early_stopping=False, **settings).fit(rows, target))


def check_boosted(trees: Trees, n_features: int) -> None:
    """Raise ValueError if a walk could leave the arrays, whatever a file says."""
    nodes = (trees.feature, trees.threshold, trees.child, trees.value, trees.roots)
    check_trees(nodes, n_features, np.float64)
    if trees.missing_right.shape != trees.value.shape or trees.levels.shape != trees.roots.shape:
        raise ValueError("the trees don't say where a missing value goes, or how deep each of them is")
