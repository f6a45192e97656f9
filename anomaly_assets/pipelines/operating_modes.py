"""Which operating mode a window lies in, told from the settings alone, for breaking measures down.

What conditioning learns of modes is in features/; nothing here is kept or used for scoring.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..features.clusters import cluster_count, k_means, nearest


def operating_modes(settings: pl.DataFrame, *, seed: int = 0, apart: float = 0.1, clustered: int = 5_000) -> pl.Series:
    """Cluster settings into modes named by their centres (k-means; Lloyd 1982): String (n_windows,).

    Null where a setting is missing; everywhere where the settings don't fall into separate clusters.

    Parameters
    ----------
    settings : (n_windows, n_settings).
    apart : settings have modes where clusters leave at most this share of their variance; else they are one cloud.
    clustered : at most so many windows, evenly spaced, are clustered.
    """
    points = settings.cast(pl.Float64).to_numpy() if settings.width else np.empty((settings.height, 0))
    told: NDArray[np.bool_] = np.all(np.isfinite(points), axis=1)
    spread = points[told].std(axis=0) if told.any() else np.zeros(points.shape[1])
    names = [name for name, width in zip(settings.columns, spread, strict=True) if width > 0]
    if not names:
        return pl.Series("mode", [None] * settings.height, dtype=pl.String)
    scaled = np.where(told[:, None], points, 0.0)[:, spread > 0] / spread[spread > 0]
    sample = scaled[told][:: -(-int(told.sum()) // clustered)]
    centres = k_means(sample, cluster_count(sample, seed=seed), seed=seed)
    left = nearest(sample, centres)[1].sum() / ((sample - sample.mean(axis=0)) ** 2).sum()
    words = [_named(names, centre) for centre in centres * spread[spread > 0]]
    mode = nearest(scaled, centres)[0]
    found = [words[place] if known and left <= apart else None for place, known in zip(mode, told, strict=True)]
    return pl.Series("mode", found, dtype=pl.String)


def _named(names: list[str], centre: np.ndarray) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(names, centre, strict=True))
