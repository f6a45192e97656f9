"""Local outlier factor: how much thinner training windows lie around a window than around its neighbours."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .rowwise import rowwise_sums
from .spacing import distinct, evenly_spaced
from .strips import STRIP, longest_axis, places, strip_bounds

TINY = 1e-10
"""Added to a mean distance before dividing by it, as scikit-learn does."""


class LocalOutlierFactor(Detector):
    """Density of training windows around a window's nearest ones, over the density around the window itself.

    Assumes nothing about the shape of normal, and allows operating points of different spread: a distance counts in
    units of what is usual there. About 1 is unremarkable. Blind in many features that are mostly noise, where all
    distances become alike. Costs max_rows x n_features subtractions a window, exactly and in float64 (about as fast as
    scikit-learn, and the same for one window as for many; benchmarks/detectors.py measures it).

    Equal training windows count once, as in the paper's k-distinct-distance: otherwise more than k of them have a
    density without bound, and whatever lies beside a sensor that stood still looks like an outlier.

    A sensor's contribution is its part of the squared distances to the neighbours, times the score, so that
    contributions add up to the score. What was expected is the neighbours' mean.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    n_neighbors : k; fewer where training has fewer other windows.
    max_rows : most training windows that are remembered, evenly spaced.

    Attributes
    ----------
    columns_ : (n_features, n_remembered) training windows, feature by feature, in order along ``axis_``.
    axis_ : (n_features,) direction of their largest spread, of length 1.
    low_, high_ : (n_strips,) between which places along it each strip of them lies; see strips.py.
    reach_ : (n_remembered,) distance of each to its own k-th neighbour.
    density_ : (n_remembered,) local reachability density of each.
    k_ : neighbours that a window is compared with.

    References
    ----------
    Breunig, M. M., Kriegel, H.-P., Ng, R. T. and Sander, J. (2000). LOF: identifying density-based local outliers.
    SIGMOD, 93-104. For new windows as scikit-learn does with ``novelty=True``.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True)

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        n_neighbors: Annotated[int, Field(ge=1)] = 20,
        max_rows: Annotated[int, Field(ge=1)] = 8000,
    ) -> None:
        self.statistics = statistics
        self.n_neighbors = n_neighbors
        self.max_rows = max_rows

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self._remember(distinct(evenly_spaced(matrix, self.max_rows)).T)
        rows = np.ascontiguousarray(self.columns_.T)
        self.k_ = max(1, min(self.n_neighbors, len(rows) - 1))
        distance, index = self._nearest(rows, self.k_ + (len(rows) > 1))
        if len(rows) > 1:  # the nearest is the row itself, at no distance
            distance, index = distance[:, 1:], index[:, 1:]
        self.reach_ = np.ascontiguousarray(distance[:, -1])
        self.density_ = self._density(distance, index)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return self._factor(*self._nearest(matrix, self.k_))

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        distance, index = self._nearest(matrix, self.k_)
        apart = np.zeros((len(self.columns_), len(matrix)))
        for neighbour in index.T:
            apart += (matrix.T - self.columns_[:, neighbour]) ** 2
        parts = rowwise_sums(apart.T, sensors).T
        total = np.maximum(sum(parts), np.finfo(np.float64).tiny)
        return (parts / total * self._factor(distance, index)).T

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        _, index = self._nearest(matrix, self.k_)
        total = np.zeros((len(self.columns_), len(matrix)))
        for neighbour in index.T:
            total += self.columns_[:, neighbour]
        return total.T / self.k_

    def _nearest(self, matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        from .nearest_kernel import nearest_references

        least, greatest = places(matrix, self.axis_)
        order = np.argsort(least)
        back, rows = np.argsort(order), np.ascontiguousarray(matrix[order])
        references = self.columns_, self.low_, self.high_
        squared, index = nearest_references(rows, (least[order], greatest[order]), references, k)
        return np.sqrt(squared[back]), index[back]

    def _remember(self, columns: np.ndarray) -> np.ndarray:
        """Put windows in order along their longest axis; returns the order."""
        self.axis_ = longest_axis(columns)
        order = np.argsort(columns.T @ self.axis_, kind="stable")
        self.columns_ = np.ascontiguousarray(columns[:, order], dtype=np.float64)
        self.low_, self.high_ = strip_bounds(self.columns_, self.axis_)
        return order

    def _density(self, distance: np.ndarray, index: np.ndarray) -> np.ndarray:
        """One over the mean reachability distance to the neighbours, (n_windows,)."""
        return 1.0 / (_means(np.maximum(distance, self.reach_[index])) + TINY)

    def _factor(self, distance: np.ndarray, index: np.ndarray) -> np.ndarray:
        return _means(self.density_[index]) / self._density(distance, index)

    def _check_state(self) -> None:
        remembered = self.columns_.shape[1]
        if not (1 <= self.k_ <= remembered and self.reach_.shape == self.density_.shape == (remembered,)):
            raise ValueError("the neighbours' numbers are not one for each window remembered")
        if "axis_" not in vars(self):  # saved when all windows were compared with all
            order = self._remember(self.columns_)
            self.reach_, self.density_ = self.reach_[order], self.density_[order]
        strips = (-(-remembered // STRIP),)
        if self.axis_.shape != (len(self.columns_),) or not self.low_.shape == self.high_.shape == strips:
            raise ValueError("the strips are not those of the windows remembered")
        self.columns_ = np.ascontiguousarray(self.columns_, dtype=np.float64)
        super()._check_state()


def _means(values: np.ndarray) -> np.ndarray:
    """Mean over the neighbours of (n_windows, k), one after the other: a row's mean is its own bits."""
    total = np.zeros(len(values))
    for column in values.T:
        total += column
    return total / values.shape[1]
