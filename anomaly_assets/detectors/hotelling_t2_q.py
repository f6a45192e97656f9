"""Hotelling's T² and Q: how far a window lies inside the usual correlations, and how far outside of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .columns import owned
from .location import robust_location
from .principal import ROUNDING, principal_components
from .reconstruction import reconstruction_axes, suited_values
from .rowwise import rowwise_product, rowwise_sums


class HotellingT2Q(Detector):
    """Principal components with T² (distance within them) and Q (squared residual beside them), the larger counts.

    Each statistic is divided by its own quantile in training, so that the two can be compared. The quantile is no
    decision and lies low enough (0.95), and the covariance is winsorized tightly enough (3), that two percent of wild
    windows in training hardly blind it; at 0.99 and 5 they did.
    Assumes one cloud of normal windows, about elliptical. Sees amplitude and broken correlation; Q alone would miss
    faults along the leading components. Costs n_features² multiplications per window.

    A sensor's contribution is reconstruction-based: by how much the combined index, T² and Q added up in their units,
    falls when all of the sensor's features are replaced by the values that suit the other sensors' best. If one sensor
    alone is at fault, however its features move, its contribution is the largest once the fault is large beside the
    normal variation; shares of the sum, as they are often used, spread a fault over the sensors that go with it.
    Contributions overlap and don't add up to the score. The combined index, and not the statistic that happens to be
    larger: T² or Q alone is blind to some directions, along which sensors can't be told apart.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    explained : share of variance that the components of T² hold; the others belong to Q.
    quantile : of each statistic in training, its unit.
    winsorize : largest robust |z| in training that counts towards the covariance; None for no bound.

    Attributes
    ----------
    center_, scale_ : (n_features,) median and robust standard deviation.
    axes_ : (n_features, n_features) eigenvectors in columns, largest variance first.
    inverse_ : (n_components,) one over the shrunk eigenvalue of each component of T².
    limit_t2_, limit_q_ : the two quantiles.
    reconstruction_ : (n_features, n_features) axes of each sensor's contribution; see reconstruction.py.
    suited_ : (n_features, n_features) what the other sensors expect of each sensor's features; see there.
    shrinkage_ : weight of the diagonal in the covariance, 0 to 1.

    References
    ----------
    Jackson, J. E. and Mudholkar, G. S. (1979). Control procedures for residuals associated with principal component
    analysis. Technometrics 21(3), 341-349.
    Yue, H. H. and Qin, S. J. (2001). Reconstruction-based fault identification using a combined index. Industrial and
    Engineering Chemistry Research 40(20), 4403-4414.
    Alcala, C. F. and Qin, S. J. (2009). Reconstruction-based contribution for process monitoring. Automatica 45(7),
    1593-1600.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True)

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        explained: Annotated[float, Field(gt=0, le=1)] = 0.9,
        quantile: Annotated[float, Field(gt=0, le=1)] = 0.95,
        winsorize: Annotated[float, Field(gt=0)] | None = 3.0,
    ) -> None:
        self.statistics = statistics
        self.explained = explained
        self.quantile = quantile
        self.winsorize = winsorize

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.center_, self.scale_ = robust_location(matrix)
        found = principal_components((matrix - self.center_) / self.scale_, self.explained, self.winsorize)
        self.axes_, self.shrinkage_ = found.axes, found.shrinkage
        self.inverse_ = 1.0 / found.variances[: found.kept]
        statistics = self._statistics(self._components(matrix))
        limits = (float(np.quantile(statistic, self.quantile)) for statistic in statistics)
        self.limit_t2_, self.limit_q_ = (max(limit, ROUNDING) for limit in limits)
        self.reconstruction_ = reconstruction_axes(self._root(), owned(names))
        self.suited_ = suited_values(self._root(), owned(names))

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        t2, q = self._statistics(self._components(matrix))
        return np.maximum(t2 / self.limit_t2_, q / self.limit_q_)

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        z = (matrix - self.center_) / self.scale_
        return rowwise_sums(rowwise_product(z, self.reconstruction_) ** 2, sensors)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        """For each sensor the values of its features that suit the other sensors' best.

        Not the nearest window without a residual: where T² alarms, that is the window itself or close to it.
        """
        z = (matrix - self.center_) / self.scale_
        return rowwise_product(z, self.suited_) * self.scale_ + self.center_

    def _root(self) -> np.ndarray:
        """R of the combined index: T² / limit_t2 + Q / limit_q = z' R R' z."""
        beside = len(self.axes_) - len(self.inverse_)
        weights = np.concatenate([self.inverse_ / self.limit_t2_, np.full(beside, 1.0 / self.limit_q_)])
        return self.axes_ * np.sqrt(weights)

    def _check_state(self) -> None:
        if "reconstruction_" not in vars(self):  # saved when contributions were still shares of the sum
            self.reconstruction_ = reconstruction_axes(self._root(), owned(self.feature_names_in_))
        if "suited_" not in vars(self):  # saved when the nearest window without a residual was expected
            self.suited_ = suited_values(self._root(), owned(self.feature_names_in_))
        super()._check_state()

    def _components(self, matrix: np.ndarray) -> np.ndarray:
        """Coordinates of each window along every axis, (n_windows, n_features)."""
        return rowwise_product((matrix - self.center_) / self.scale_, self.axes_)

    def _statistics(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """T² and Q of each window, (n_windows,) each, from its coordinates."""
        kept = len(self.inverse_)
        t2 = rowwise_product(scores[:, :kept] ** 2, self.inverse_[:, None])[:, 0]
        q = rowwise_product(scores[:, kept:] ** 2, np.ones((len(self.axes_) - kept, 1)))[:, 0]
        return t2, q
