"""Principal components of standardised windows, hard to lead astray by a few wild ones; no statistics here."""

from dataclasses import dataclass

import numpy as np

from .shrinkage import ledoit_wolf

ROUNDING = 1e-12
"""A variance or squared residual below this share of a unit is rounding."""


@dataclass(frozen=True)
class Principal:
    """Axes of the cloud of windows.

    Attributes
    ----------
    axes : (n_features, n_features) eigenvectors in columns, largest variance first.
    variances : (n_features,) along them, positive.
    kept : fewest axes that hold the wanted share of the variance, at least one.
    shrinkage : weight of the diagonal in the covariance, 0 to 1.
    """

    axes: np.ndarray
    variances: np.ndarray
    kept: int
    shrinkage: float


def principal_components(z: np.ndarray, explained: float, winsorize: float | None) -> Principal:
    """Find the eigenvectors of the shrunk covariance (Ledoit and Wolf) of z, no value counting beyond a bound.

    Parameters
    ----------
    z : (n_windows, n_features) robust z values.
    explained : share of the variance that the kept axes hold.
    winsorize : largest |z| that counts; None for no bound.
    """
    bound = np.inf if winsorize is None else winsorize
    covariance, shrinkage = ledoit_wolf(np.clip(z, -bound, bound))
    variances, axes = np.linalg.eigh(covariance)
    variances = np.maximum(variances[::-1], ROUNDING * (variances[-1] or 1.0))
    reached = np.cumsum(variances) / variances.sum() >= explained * (1 - 1e-12)
    return Principal(np.ascontiguousarray(axes[:, ::-1]), variances, int(np.argmax(reached)) + 1, shrinkage)
