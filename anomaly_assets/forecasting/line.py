"""A straight line from the features to the reading ahead: what the trees then learn the rest of.

Trees alone learn a unit's habits by heart where years hold but few independent weeks; a ridge regression does not, and
it follows a new unit. Its coefficients are learnt per quarter of a day ahead and move evenly from one to the next.
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
    middle, width : median and robust deviation of every feature (n_features,); unknown features count as the median.
    slopes : (n_blocks, n_features + 1), the last column is the constant.
    scatter : (n_blocks,) usual distance of what came from the line; the trees and the quantiles are measured in it, or
        they would learn the far days' and spoil the first.
    block : steps per block.
    """

    middle: np.ndarray
    width: np.ndarray
    slopes: np.ndarray
    scatter: np.ndarray
    block: np.ndarray

    @classmethod
    def fit(  # noqa: PLR0917
        cls, told: np.ndarray, horizon: np.ndarray, target: np.ndarray, horizon_days: int, day: int, penalty: float
    ) -> "Line":
        """Learn from rows (n, n_features); a block without rows says 0."""
        with np.errstate(all="ignore"):
            middle = np.nan_to_num(np.array([_median(column) for column in told.T]))
            width = np.array([_median(np.abs(column)) for column in (told - middle).T])
        width = 1.4826 * np.nan_to_num(width) + 1e-3
        block, blocks = max(day // BLOCKS_PER_DAY, 1), horizon_days * BLOCKS_PER_DAY
        line = cls(middle, width, np.zeros((blocks, told.shape[1] + 1)), np.ones(blocks), np.array(block))
        even, place = line._even(told), (horizon - 1) // block
        for number in range(blocks):
            near = np.abs(place - number) <= 1
            if near.any():
                line.slopes[number] = _ridge(even[near], target[near], penalty)
                left = target[near] - even[near] @ line.slopes[number, :-1] - line.slopes[number, -1]
                line.scatter[number] = max(float(np.sqrt((left**2).mean())), 1e-6)
        return line

    def predict(self, told: np.ndarray, horizon: np.ndarray) -> np.ndarray:
        """Follow the line, for rows (n, n_features) and steps ahead (n,); in the target's measure."""
        low, high, part = self._between(horizon)
        slopes = self.slopes[low] * (1 - part[:, None]) + self.slopes[high] * part[:, None]
        return np.einsum("ij,ij->i", self._even(told), slopes[:, :-1]) + slopes[:, -1]

    def scattered(self, horizon: np.ndarray) -> np.ndarray:
        """Tell the usual distance from the line at steps ahead (n,)."""
        low, high, part = self._between(horizon)
        return self.scatter[low] * (1 - part) + self.scatter[high] * part

    def _between(self, horizon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = np.clip((horizon - 0.5) / self.block - 0.5, 0, len(self.slopes) - 1)
        low = np.minimum(place.astype(int), max(len(self.slopes) - 2, 0))
        return low, np.minimum(low + 1, len(self.slopes) - 1), place - low

    def _even(self, told: np.ndarray) -> np.ndarray:
        return np.nan_to_num(np.clip((told - self.middle) / self.width, -CLIP, CLIP))


def _median(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _ridge(told: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    """Solve the normal equations; the constant is not penalised."""
    mean, level = told.mean(axis=0), target.mean()
    centred = told - mean
    slopes = np.linalg.solve(centred.T @ centred + penalty * np.eye(told.shape[1]), centred.T @ (target - level))
    return np.append(slopes, level - mean @ slopes)
