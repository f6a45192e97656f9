"""Middle and spread of features, robust against the few strange windows that training always holds."""

import numpy as np

NORMAL_MAD = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""

TAIL = 0.02
"""Share of the windows that is pulled in on either side of a winsorized middle and spread."""

NORMAL_PULLED = 0.9643
"""Standard deviation of a standard normal distribution whose tails were pulled in so."""

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


def winsorized_location(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column, after its tails were pulled in.

    For sensors that are counted in steps: one that rests on a single step has a median deviation of nothing, or of a
    whole step, whatever it does now and then. Withstands strange windows up to the share that is pulled in.

    Parameters
    ----------
    matrix : (n_windows, n_features).

    Returns
    -------
    Two arrays (n_features,); the second is positive, and on a normal distribution its standard deviation. The plain
    one stands in where all but the tails are equal, and 1 where all are.

    References
    ----------
    Tukey, J. W. (1962). The future of data analysis. Annals of Mathematical Statistics 33(1), 1-67.
    """
    low, high = np.quantile(matrix, [TAIL, 1 - TAIL], axis=0)
    pulled = np.clip(matrix, low, high)
    center, scale = pulled.mean(axis=0), pulled.std(axis=0) / NORMAL_PULLED
    scale = np.where(scale > CONSTANT, scale, matrix.std(axis=0))
    return center, np.where(scale > CONSTANT, scale, 1.0)
