"""Middle and spread of features, robust against the few strange windows that training always holds."""

import numpy as np

NORMAL_MAD = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""

CONSTANT = 1e-9
"""A spread below this share of a scale unit is rounding, not spread."""


def robust_location(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and 1.4826 x median absolute deviation of each column.

    The standard deviation stands in where more than half of the values are equal, and 1 (the unit of scaled features)
    where all are.

    Parameters
    ----------
    matrix : (n_windows, n_features).

    Returns
    -------
    Two arrays (n_features,); the second is positive.

    References
    ----------
    Rousseeuw, P. J. and Hubert, M. (2011). Robust statistics for outlier detection. WIREs Data Mining 1(1), 73-79.
    """
    center = np.median(matrix, axis=0)
    scale = NORMAL_MAD * np.median(np.abs(matrix - center), axis=0)
    scale = np.where(scale > CONSTANT, scale, matrix.std(axis=0))
    return center, np.where(scale > CONSTANT, scale, 1.0)
