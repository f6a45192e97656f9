"""Sub-PCA: how far a history lies from the usual ones, along and beside their principal components."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import Detector, DetectorTags
from .fixed_blocks import in_fixed_blocks
from .one_thread import one_thread
from .principal_axes import principal_axes
from .prototypes import bounded
from .shapes import shaped, usual


class SubPca(Detector):
    """Squared distance of a history along every principal component, each by its variance plus a ridge.

    What lies beside the components counts with the mean variance there. So the score is a Mahalanobis distance in the
    space of histories; a shape that training never showed has little variance and counts most, and an unusual
    amplitude along the leading components still counts, which a residual alone would miss. Of residual, T² with
    residual, and this one, this one ranked best on SKAB and on the UCR archive alike.

    Assumes one elliptical cloud of histories. Sees amplitude, broken correlation between sensors and between steps, and
    odd shapes. Costs n_components * n_features * steps multiplications per window. A sensor's contribution is by how
    much the score falls when its whole history is replaced by the values that suit the other sensors' best; these
    overlap and don't add up to the score. A row's score is about 1 where it is normal.

    Parameters
    ----------
    steps : length of a history; a period is a good choice for a single periodic sensor (see periods.py).
    n_components : most components that are told apart.
    ridge : added to each variance, in mean variances; the larger, the nearer to a plain Euclidean distance.
    statistics : features that take part; None for all.
    max_windows : most histories that are learnt from; None for all.
    seed : of the random projection when there are more columns than components.

    Attributes
    ----------
    center_, scale_ : (n_features,) median and robust standard deviation.
    mean_ : (n_features * steps,) mean history.
    axes_ : (n_features * steps, n_found) components in columns.
    weight_, beside_ : (n_found,) and a number: weight of each component, and of what lies beside them.

    References
    ----------
    Liu, Q. and Paparrizos, J. (2024). The elephant in the room: towards a reliable time-series anomaly detection
    benchmark. NeurIPS. (Sub-PCA: components weighted by their inverse variance.)
    Alcala, C. F. and Qin, S. J. (2009). Reconstruction-based contribution for process monitoring. Automatica 45(7),
    1593-1600.
    """

    tags = DetectorTags(deterministic=True, explains=True, reads="sequence")

    def __init__(
        self,
        *,
        steps: Annotated[int, Field(ge=2)] = 50,
        n_components: Annotated[int, Field(ge=1)] = 200,
        ridge: Annotated[float, Field(gt=0)] = 0.03,
        statistics: tuple[str, ...] | None = ("raw",),
        max_windows: Annotated[int, Field(ge=1)] | None = 20_000,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.steps = steps
        self.n_components = n_components
        self.ridge = ridge
        self.statistics = statistics
        self.max_windows = max_windows
        self.seed = seed

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.center_, self.scale_ = usual(matrix, self.steps)
        shapes = bounded(self._shaped(matrix))
        self.mean_ = shapes.mean(axis=0, dtype=np.float64)
        self.axes_, variances, beside = principal_axes(
            shapes - self.mean_.astype(np.float32), self.n_components, self.seed
        )
        columns, kept = self.axes_.shape
        mean = (variances.sum() + beside * (columns - kept)) / columns
        ridge = self.ridge * (mean if mean > 0 else 1.0)
        self.weight_, self.beside_ = 1.0 / (variances + ridge), 1.0 / (beside + ridge)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        def distance(block: NDArray[np.float64]) -> NDArray[np.float64]:
            along, beside = self._split(block)
            return (np.square(along) @ self.weight_ + self.beside_ * np.square(beside).sum(axis=1)) / block.shape[1]

        with one_thread():
            return in_fixed_blocks(distance, matrix)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        groups = [self._columns(features) for features in sensors.values()]
        with one_thread():
            roots = [self._root(columns) for columns in groups]

        def falls(block: NDArray[np.float64]) -> NDArray[np.float64]:
            along, beside = self._split(block)
            slope = (along * self.weight_) @ self.axes_.T + self.beside_ * beside
            parts = [np.square(slope[:, columns] @ root) for columns, root in zip(groups, roots, strict=True)]
            return np.column_stack([part.sum(axis=1) for part in parts]) / block.shape[1]

        with one_thread():
            return in_fixed_blocks(falls, matrix)

    def _shaped(self, matrix: np.ndarray) -> NDArray[np.float64]:
        return shaped(matrix, self.center_, self.scale_, steps=self.steps, level=1.0)

    def _split(self, matrix: np.ndarray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates along the components, (n_windows, n_found), and what is left, (n_windows, n_columns)."""
        z = self._shaped(matrix) - self.mean_
        along = z @ self.axes_
        return along, z - along @ self.axes_.T

    def _columns(self, features: Sequence[int]) -> NDArray[np.intp]:
        return (np.asarray(features)[:, None] * self.steps + np.arange(self.steps)).ravel()

    def _root(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """W of a sensor's columns: the score falls by the squared length of W' times its slope there."""
        axes = self.axes_[columns]
        block = (axes * (self.weight_ - self.beside_)) @ axes.T + self.beside_ * np.eye(len(columns))
        sizes, vectors = np.linalg.eigh(block)
        return np.asarray(vectors / np.sqrt(np.maximum(sizes, sizes[-1] * 1e-12)))
