"""Covariance that stays invertible: Ledoit and Wolf's shrinkage towards the identity."""

import numpy as np


def ledoit_wolf(z: np.ndarray) -> tuple[np.ndarray, float]:
    """Estimate a covariance, shrunk towards a multiple of the identity by the share that minimises its expected error.

    Parameters
    ----------
    z : (n_windows, n_features).

    Returns
    -------
    The covariance (n_features, n_features), positive definite, and the weight of the identity, 0 to 1.

    References
    ----------
    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance matrices. Journal of
    Multivariate Analysis 88(2), 365-411.
    """
    n, d = z.shape
    z = z - z.mean(axis=0)
    sample = z.T @ z / n
    mean_variance = np.trace(sample) / d
    target = mean_variance * np.eye(d)
    distance = ((sample - target) ** 2).sum()
    error = (((z**2).T @ (z**2)).sum() / n - (sample**2).sum()) / n
    weight = float(np.clip(error / distance, 0.0, 1.0)) if distance > 0 else 1.0
    return (1 - weight) * sample + weight * target, weight
