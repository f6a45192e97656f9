"""Isolation forest: windows that random cuts set apart early are strange."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .forest import Nodes, average_path_length, check_trees, flattened


class IsolationForest(Detector):
    """Trees of random cuts, grown by scikit-learn and walked by a kernel of our own, with scikit-learn's scores.

    Assumes nothing about the cloud of normal windows but that strange ones are few and apart. A baseline: cuts are
    along one feature at a time, so that faults in strongly correlated sensors hide from it. The score is in (0, 1),
    0.5 is unremarkable. Costs n_estimators x log2(max_samples) comparisons a window (two to two and a half times
    faster than scikit-learn, which itself is called in training only; benchmarks/detectors.py measures it).

    A sensor's contribution is an ablation: by how much the score drops when all of the sensor's features are replaced
    by their training medians, 0 where it rises. It asks the forest and nothing else: contributions don't add up to the
    score, and of two sensors that are each strange enough for the score, replacing one may drop it by nothing. Costs
    one score per sensor and window, so ask for the windows that matter.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    n_estimators : trees.
    max_samples : training windows drawn for each tree; all of them when there are fewer.
    seed : of the draws and the cuts.

    Attributes
    ----------
    feature_, threshold_, child_, value_ : (n_nodes,) all trees behind each other: the feature a node asks for, the
        largest float32 that goes to ``child_`` (others go to the next one), and a leaf's expected path length. A leaf
        is its own child.
    root_ : (n_estimators,) first node of each tree.
    levels_ : depth of the deepest tree.
    expected_ : path length summed over the trees that scores 0.5.
    median_ : (n_features,) of each feature in training.

    References
    ----------
    Liu, F. T., Ting, K. M. and Zhou, Z.-H. (2008). Isolation forest. ICDM, 413-422.
    """

    feature_: np.ndarray
    threshold_: np.ndarray
    child_: np.ndarray
    value_: np.ndarray
    root_: np.ndarray
    levels_: int
    expected_: float
    median_: np.ndarray

    tags = DetectorTags(deterministic=True, explains=True, explained_by="ablation", cannot_see=("correlation_break",))

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = None,
        n_estimators: Annotated[int, Field(ge=1)] = 200,
        max_samples: Annotated[int, Field(ge=1)] = 256,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.statistics = statistics
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.seed = seed

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        from sklearn.ensemble import IsolationForest as Grower

        self.median_ = np.median(matrix, axis=0)
        drawn = min(self.max_samples, len(matrix))
        grower = Grower(n_estimators=self.n_estimators, max_samples=drawn, random_state=self.seed)
        trees = [tree.tree_ for tree in grower.fit(np.ascontiguousarray(matrix, dtype=np.float32)).estimators_]
        vars(self).update(flattened(trees))
        self.expected_ = float(len(trees) * average_path_length(np.array([drawn]))[0])

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        from .forest_kernel import isolation

        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        return isolation(rows, self._nodes, self.levels_, self.expected_)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        score, drops = self._score(matrix), np.zeros((len(sensors), len(matrix)))
        for drop, columns in zip(drops, sensors.values(), strict=True):
            ablated = matrix.copy()
            ablated[:, columns] = self.median_[columns]
            np.maximum(score - self._score(ablated), 0.0, out=drop)
        return drops.T

    @property
    def _nodes(self) -> Nodes:
        return self.feature_, self.threshold_, self.child_, self.value_, self.root_

    def _check_state(self) -> None:
        n_features = len(self.feature_names_in_)
        if "median_" not in vars(self):  # saved when forests explained nothing; 0 is the middle of scaled features
            self.median_ = np.zeros(n_features)
        if self.median_.shape != (n_features,) or not np.isfinite(self.median_).all():
            raise ValueError("the medians are not one number a feature")
        check_trees(self._nodes, n_features)
        if not (self.levels_ >= 0 and self.expected_ >= 0):
            raise ValueError("the depth of the trees is no depth")
