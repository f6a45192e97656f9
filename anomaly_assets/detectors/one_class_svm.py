"""One-class support vector machine: how far a window lies from the region that holds nearly all of training."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .rowwise import rowwise_sums
from .spacing import evenly_spaced


class OneClassSvm(Detector):
    """Gaussian kernels on the support vectors that scikit-learn finds, added up; minus the logarithm is the score.

    The machine decides by ``sum_i alpha_i exp(-gamma |x - x_i|^2) - rho``. That saturates: a few spreads away every
    kernel is 0 and all windows score rho alike, so that nothing ranks a broken sensor above a drifting one. The score
    here is ``log(rho) - log(sum)``, which falls whenever the sum rises, so that windows keep the machine's order, 0 is
    its boundary, and far away it grows with the squared distance.

    Assumes that normal fills one or several regions of about one spread. Costs one exponential and n_features
    subtractions for each support vector, about a twentieth of ``max_rows``, in float64 throughout (ten times faster
    than scikit-learn, which is called in training only; benchmarks/score_batch.py measures it).

    A sensor's contribution is gamma times its part of the squared distances to the support vectors, each weighted by
    its share of the sum. Contributions add up to the score but for what the weights alone explain (a constant minus
    an entropy, see the test); far away that is nothing.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    nu : share of training windows that may lie outside, and least share that become support vectors.
    gamma : one over the squared width of the kernels; None for one over n_features x variance of all training values.
    max_rows : most training windows, evenly spaced; training costs their square.

    Attributes
    ----------
    columns_ : (n_features, n_support) support vectors, feature by feature.
    log_weight_ : (n_support,) logarithms of alpha.
    log_rho_ : logarithm of rho.
    gamma_ : as used.

    References
    ----------
    Schoelkopf, B., Platt, J. C., Shawe-Taylor, J., Smola, A. J. and Williamson, R. C. (2001). Estimating the support
    of a high-dimensional distribution. Neural Computation 13(7), 1443-1471.
    """

    tags = DetectorTags(deterministic=True, explains=True)

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        nu: Annotated[float, Field(gt=0, le=1)] = 0.05,
        gamma: Annotated[float, Field(gt=0)] | None = None,
        max_rows: Annotated[int, Field(ge=1)] = 5000,
    ) -> None:
        self.statistics = statistics
        self.nu = nu
        self.gamma = gamma
        self.max_rows = max_rows

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        from sklearn.svm import OneClassSVM

        rows = np.ascontiguousarray(evenly_spaced(matrix, self.max_rows))
        variance = float(rows.var())
        self.gamma_ = self.gamma or 1.0 / (rows.shape[1] * (variance if variance > 0 else 1.0))
        machine = OneClassSVM(kernel="rbf", nu=self.nu, gamma=self.gamma_).fit(rows)
        self.columns_ = np.ascontiguousarray(machine.support_vectors_.T)
        self.log_weight_ = np.log(machine.dual_coef_[0])
        self.log_rho_ = float(np.log(machine.offset_[0]))

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return self.log_rho_ - self._log_sum(matrix)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        energies = (self.gamma_ * (matrix - vector).T ** 2 for vector in self.columns_.T)
        weights = _shares(self.log_weight_[:, None] - np.array([_sum_of_rows(energy) for energy in energies]))
        parts = np.zeros((len(self.columns_), len(matrix)))
        for vector, weight in zip(self.columns_.T, weights, strict=True):
            parts += weight * (self.gamma_ * (matrix - vector).T ** 2)
        return rowwise_sums(parts.T, sensors)

    def _log_sum(self, matrix: np.ndarray) -> np.ndarray:
        from .kernel_sums import log_kernel_sums

        return log_kernel_sums(np.ascontiguousarray(matrix), self.columns_, self.log_weight_, self.gamma_)

    def _check_state(self) -> None:
        if not self.columns_.size or self.log_weight_.shape != (self.columns_.shape[1],) or not self.gamma_ > 0:
            raise ValueError("the weights are not one for each support vector")
        self.columns_ = np.ascontiguousarray(self.columns_, dtype=np.float64)
        super()._check_state()


def _shares(powers: np.ndarray) -> np.ndarray:
    """Each support vector's share of a window's sum of kernels, from their logarithms (n_support, n_windows)."""
    kernels = np.exp(powers - powers.max(axis=0))
    return kernels / _sum_of_rows(kernels)


def _sum_of_rows(values: np.ndarray) -> np.ndarray:
    """Add up (n_rows, n_windows) row by row, so that a window's sum is its own bits."""
    total = np.zeros(values.shape[1])
    for row in values:
        total += row
    return total
