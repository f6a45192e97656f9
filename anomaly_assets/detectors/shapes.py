"""Histories as shapes: every feature in units of its usual spread, its level counted in full, in part or not at all.

Which shapes are normal is for the detectors to say.
"""

import numpy as np
from numpy.typing import NDArray

from .location import robust_location


def usual(matrix: NDArray[np.float64], steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median and robust spread of each feature, by the last step of each history: two arrays (n_features,)."""
    return robust_location(matrix[:, steps - 1 :: steps])


def shaped(
    matrix: NDArray[np.float64],
    center: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    steps: int,
    level: float,
) -> NDArray[np.float64]:
    """Standardise histories, and keep only a share of each one's level.

    The squared distance of two shapes is that of the histories around their own means, plus ``level`` times that of
    their means: 1 leaves the histories as they are, 0 makes them blind to their level. The amplitude always counts.

    Parameters
    ----------
    matrix : (n_windows, n_features * steps).
    center, scale : (n_features,).
    level : 0 to 1.

    Returns
    -------
    (n_windows, n_features * steps).
    """
    z = (matrix.reshape(len(matrix), -1, steps) - center[:, None]) / scale[:, None]
    if level < 1:
        z -= (1.0 - np.sqrt(level)) * z.mean(axis=2, keepdims=True)
    return z.reshape(len(matrix), -1)
