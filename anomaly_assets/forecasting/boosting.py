"""Growing trees; the only module that needs scikit-learn."""

from dataclasses import dataclass

import numpy as np

from ..config import ForecastConfig
from .trees import Trees


@dataclass(frozen=True)
class Settings:
    """One point of the grid."""

    learning_rate: float
    max_depth: int

    @classmethod
    def grid(cls, config: ForecastConfig) -> tuple["Settings", ...]:
        """Go through all combinations, in the file's order."""
        return tuple(cls(rate, depth) for rate in config.grid.learning_rate for depth in config.grid.max_depth)


def grow(
    told: np.ndarray, target: np.ndarray, config: ForecastConfig, settings: Settings, quantile: float | None = None
) -> Trees:
    """Grow trees for rows (n, n_features): of the mean, or of a quantile. One thread, so equal rows give equal bits.

    Growth on several threads gains little at this size, and on a busy machine threads wait for each other.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        loss="squared_error" if quantile is None else "quantile",
        quantile=quantile,
        learning_rate=settings.learning_rate if quantile is None else config.interval_rate,
        max_depth=settings.max_depth,
        max_iter=config.iterations if quantile is None else config.interval_iterations,
        max_leaf_nodes=config.leaves,
        min_samples_leaf=config.min_rows_leaf,
        max_features=config.feature_share,
        early_stopping=False,
        random_state=config.seed,
    )
    unknown = np.isnan(told).all(axis=0)  # longer than the recording; scikit-learn cannot bin it, no tree will ask it
    told = np.where(unknown, 0.0, told) if unknown.any() else told
    with threadpool_limits(limits=1):
        return Trees.of(model.fit(told, target))
