"""Range check: the baseline that any control system has; how far features lie outside what training held."""

from collections.abc import Mapping, Sequence

import numpy as np

from .base import Detector, DetectorTags
from .location import CONSTANT


class RangeCheck(Detector):
    """Largest distance of a feature from its range in training, in units of that range; 0 inside.

    One strange window in training widens a range for good, and inside the ranges all windows score alike: it is what a
    detector has to be better than, and never promoted. A sensor's contribution is the largest distance of its features,
    so that the largest contribution is the score.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.

    Attributes
    ----------
    low_, high_ : (n_features,) least and largest training value.
    unit_ : (n_features,) their difference, 1 (the unit of scaled features) where it is nothing.
    """

    tags = DetectorTags(deterministic=True, explains=True, sanity_only=True, cannot_see=("stuck", "correlation_break"))

    def __init__(self, *, statistics: tuple[str, ...] | None = ("raw", "mean")) -> None:
        self.statistics = statistics

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.low_, self.high_ = matrix.min(axis=0), matrix.max(axis=0)
        width = self.high_ - self.low_
        self.unit_ = np.where(width > CONSTANT, width, 1.0)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return self._outside(matrix).max(axis=1)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        outside, farthest = self._outside(matrix), np.zeros((len(sensors), len(matrix)))
        for row, columns in zip(farthest, sensors.values(), strict=True):
            outside[:, columns].max(axis=1, out=row)
        return farthest.T

    def _outside(self, matrix: np.ndarray) -> np.ndarray:
        """Distance of each feature from its range in units of it, (n_windows, n_features)."""
        return np.maximum(np.maximum(self.low_ - matrix, matrix - self.high_), 0.0) / self.unit_
