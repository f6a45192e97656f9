"""Detectors that keep some usual shapes and ask how far a history lies from the nearest; how they choose is theirs."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .base import Detector
from .fixed_blocks import in_fixed_blocks
from .one_thread import one_thread
from .rowwise import rowwise_sums
from .shapes import shaped

BOUND = 1e4
"""Largest value, in usual spreads, by which the nearest is looked for: its square is exact enough in float32."""


class NearestPrototype(Detector):
    """Mean squared distance per step to the nearest of some usual shapes, added up over the features.

    The nearest is found in float32 by a matrix product; the distance to it is then taken exactly. A sensor's
    contribution is its features' part of the distance, so that contributions add up to the score.

    Attributes
    ----------
    center_, scale_ : (n_features,) median and robust standard deviation of each feature.
    prototypes_ : float32 (n_prototypes, n_features * steps), in usual spreads.
    """

    level: float
    center_: NDArray[np.float64]
    scale_: NDArray[np.float64]
    prototypes_: NDArray[np.float32]

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        parts = self._parts(matrix)
        return rowwise_sums(parts, {"all": range(parts.shape[1])})[:, 0]

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return rowwise_sums(self._parts(matrix), sensors)

    def _shaped(self, matrix: np.ndarray) -> NDArray[np.float64]:
        return shaped(matrix, self.center_, self.scale_, steps=self.steps, level=self.level)

    def _parts(self, matrix: np.ndarray) -> NDArray[np.float64]:
        """Each feature's part of the score, (n_windows, n_features)."""
        half = 0.5 * np.square(self.prototypes_).sum(axis=1)

        def block_parts(block: NDArray[np.float64]) -> NDArray[np.float64]:
            shapes = self._shaped(block)
            difference = shapes - self.prototypes_[_nearest(shapes, self.prototypes_, half)]
            return np.square(difference).reshape(len(block), -1, self.steps).mean(axis=2)

        with one_thread():
            return in_fixed_blocks(block_parts, matrix)


def bounded(shapes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shapes as prototypes are kept and looked for: float32, no larger than BOUND."""
    return np.clip(shapes, -BOUND, BOUND).astype(np.float32)


def _nearest(
    shapes: NDArray[np.float64], prototypes: NDArray[np.float32], half: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Which prototype each shape is nearest to, (n_shapes,); ``half`` holds their halved squared lengths."""
    product = bounded(shapes) @ prototypes.T
    return np.argmax(np.subtract(product, half, out=product), axis=1)
