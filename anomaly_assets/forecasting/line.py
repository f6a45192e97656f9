"""A straight line from the features to the reading ahead: what the trees then learn the rest of.

Trees alone learn a unit's habits by heart where years hold but few independent weeks; a ridge regression does not, and
it follows a new unit. Its coefficients are learnt per quarter of a day ahead and move evenly from one to the next. It
has no constant: a recording of one spring would have it that readings always rise.
"""

from dataclasses import dataclass

import numpy as np

BLOCKS_PER_DAY = 4
CLIP = 8.0  # in robust deviations of a feature: beyond it the line ends


@dataclass(frozen=True)
class Line:
    """Ridge regressions by horizon.

    Attributes
    ----------
    width : usual distance of every feature from 0 (n_features,); unknown features count as 0.
    slopes : (n_blocks, n_features).
    scatter : (n_blocks,) usual distance of what came from the line; the trees are measured in it, or they would learn
        the far days' and spoil the first.
    block : steps per block.
    """

    width: np.ndarray
    slopes: np.ndarray
    scatter: np.ndarray
    block: np.ndarray

    @classmethod
    def fit(  # noqa: PLR0917
        cls, told: np.ndarray, horizon: np.ndarray, target: np.ndarray, horizon_days: int, day: int, penalty: float
    ) -> "Line":
        """Learn from rows (n, n_features), with ``penalty`` per day ahead; a block without rows says 0."""
        width = 1.4826 * np.array([_median(np.abs(column)) for column in told.T]) + 1e-3
        block, blocks = max(day // BLOCKS_PER_DAY, 1), horizon_days * BLOCKS_PER_DAY
        line = cls(width, np.zeros((blocks, told.shape[1])), np.ones(blocks), np.array(block))
        even, place = line._even(told), (horizon - 1) // block
        for number in range(blocks):
            here = place == number
            if here.any():
                line.slopes[number] = _ridge(even[here], target[here], penalty * (number + 1) / BLOCKS_PER_DAY)
                left = target[here] - even[here] @ line.slopes[number]
                line.scatter[number] = max(float(np.sqrt((left**2).mean())), 1e-6)
        return line

    def predict(self, told: np.ndarray, horizon: np.ndarray) -> np.ndarray:
        """Follow the line, for rows (n, n_features) and steps ahead (n,); in the target's measure."""
        low, high, part = self._between(horizon)
        slopes = self.slopes[low] * (1 - part[:, None]) + self.slopes[high] * part[:, None]
        return np.einsum("ij,ij->i", self._even(told), slopes)

    def scattered(self, horizon: np.ndarray) -> np.ndarray:
        """Tell the usual distance from the line at steps ahead (n,)."""
        low, high, part = self._between(horizon)
        return self.scatter[low] * (1 - part) + self.scatter[high] * part

    def _between(self, horizon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = np.clip((horizon - 0.5) / self.block - 0.5, 0, len(self.slopes) - 1)
        low = np.minimum(place.astype(int), max(len(self.slopes) - 2, 0))
        return low, np.minimum(low + 1, len(self.slopes) - 1), place - low

    def _even(self, told: np.ndarray) -> np.ndarray:
        return np.nan_to_num(np.clip(told / self.width, -CLIP, CLIP))


def _median(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _ridge(told: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    """Solve the normal equations."""
    return np.linalg.solve(told.T @ told + penalty * np.eye(told.shape[1]), told.T @ target)
