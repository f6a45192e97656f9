"""Intervals: quantiles by boosting, corrected so that they cover what they promise on stretches not learnt from.

Residuals are those of models that had not seen them, measured in how far the unit's readings moved in as many days
lately: a calm river has narrow intervals. Quantiles are learnt of them, and moved outwards per horizon day as
conformalised quantile regression has it (Romano, Patterson and Candès, 2019), the latest residuals counting most
(Barber, Candès, Ramdas and Tibshirani, 2023).
"""

from dataclasses import dataclass, replace

import numpy as np

from ..config import ForecastConfig
from .boosting import Settings, grow
from .trees import Trees


@dataclass(frozen=True)
class Intervals:
    """Two quantiles per level, and how far they are moved outwards per horizon day.

    Attributes
    ----------
    lower, upper : one forest per level.
    corrections : (n_levels, n_days), in changes; negative draws an interval together.
    """

    lower: tuple[Trees, ...]
    upper: tuple[Trees, ...]
    corrections: np.ndarray

    @classmethod
    def grown(cls, told: np.ndarray, missed: np.ndarray, config: ForecastConfig, settings: Settings) -> "Intervals":
        """Learn the quantiles of residuals (n,), in changes; nothing is corrected yet."""
        tails = [(1 - level) / 2 for level in config.levels]
        lower = tuple(grow(told, missed, config, settings, tail) for tail in tails)
        upper = tuple(grow(told, missed, config, settings, 1 - tail) for tail in tails)
        return cls(lower, upper, np.zeros((len(tails), config.horizon_days)))

    @classmethod
    def learnt(  # noqa: PLR0917
        cls,
        told: np.ndarray,
        missed: np.ndarray,
        place: np.ndarray,
        half: np.ndarray,
        weight: np.ndarray,
        config: ForecastConfig,
        settings: Settings,
    ) -> "Intervals":
        """Learn the quantiles, and correct them by what quantiles of one half do on the other.

        Parameters
        ----------
        told : (n, n_features) what the trees are told.
        missed : (n,) residuals in changes, NaN where none came.
        place : (n,) day ahead, from 0.
        half : (n,) bool.
        weight : (n,) how much a residual counts for the corrections.
        """
        known = np.isfinite(missed)
        told, missed, place, half, weight = (part[known] for part in (told, missed, place, half, weight))
        outside = np.full((len(config.levels), len(missed)), np.nan)
        for mine in (half, ~half):
            if mine.any() and not mine.all():
                apart = cls.grown(told[~mine], missed[~mine], config, settings)
                outside[:, mine] = apart.misses(told[mine], missed[mine], place[mine])
        whole = cls.grown(told, missed, config, settings)
        if np.isnan(outside).any():
            outside = whole.misses(told, missed, place)
        days = [place == day for day in range(config.horizon_days)]
        moved = [[weighted_quantile(row[day], weight[day], level) for day in days]
                 for row, level in zip(outside, config.levels, strict=True)]  # fmt: skip
        return replace(whole, corrections=np.array(moved))

    def bounds(self, told: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bound what is missed: lower and upper (n_levels, n), in changes."""
        moved = self.corrections[:, place]
        lower = np.stack([trees.predict(told) for trees in self.lower]) - moved
        upper = np.stack([trees.predict(told) for trees in self.upper]) + moved
        return np.minimum(lower, upper), np.maximum(lower, upper)

    def misses(self, told: np.ndarray, missed: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Measure how far residuals lie outside (n_levels, n), in changes; negative is inside."""
        lower, upper = self.bounds(told, place)
        return np.maximum(lower - missed, missed - upper)


def weighted_quantile(values: np.ndarray, weight: np.ndarray, level: float) -> float:
    """Take the least value that so much of the weight lies at or below; one reading to come weighs with the largest."""
    if not len(values):
        return 0.0
    order = np.argsort(values, kind="stable")
    gone = np.cumsum(weight[order]) / (weight.sum() + weight.max())
    return float(values[order][min(int(np.searchsorted(gone, level)), len(values) - 1)])
