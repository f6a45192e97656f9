"""Reconstruction by principal components: what is left of a window that the usual correlations don't explain."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .location import robust_location
from .principal import principal_components
from .rowwise import rowwise_product, rowwise_sums


class PcaReconstruction(Detector):
    """Squared residual beside the leading components (the Q statistic, or squared prediction error), and nothing else.

    Assumes that normal windows lie near a plane: sensors that go together. Sees whatever leaves it, however small
    beside the normal ups and downs within it; blind along the leading components, so that a plant that runs far off
    its usual load without breaking a correlation is not seen (hotelling_t2_q looks there too). Costs n_features x
    n_components multiplications twice a window.

    A sensor's contribution is the squared residuals of its features, so that contributions add up to the score. They
    are spread: some of one sensor's fault is laid on those that go with it. What was expected is the nearest window in
    the plane.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    explained : share of variance that the components hold. One axis at least is left to the residual; of a single
        feature everything is residual.
    winsorize : largest robust |z| in training that counts towards the covariance; None for no bound.

    Attributes
    ----------
    center_, scale_ : (n_features,) median and robust standard deviation.
    axes_ : (n_features, n_components) of the plane.

    References
    ----------
    Jackson, J. E. and Mudholkar, G. S. (1979). Control procedures for residuals associated with principal component
    analysis. Technometrics 21(3), 341-349.
    Miller, P., Swanson, R. E. and Heckler, C. E. (1998). Contribution plots: a missing link in multivariate quality
    control. Applied Mathematics and Computer Science 8(4), 775-792.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True)

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        explained: Annotated[float, Field(gt=0, le=1)] = 0.9,
        winsorize: Annotated[float, Field(gt=0)] | None = 3.0,
    ) -> None:
        self.statistics = statistics
        self.explained = explained
        self.winsorize = winsorize

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.center_, self.scale_ = robust_location(matrix)
        found = principal_components((matrix - self.center_) / self.scale_, self.explained, self.winsorize)
        self.axes_ = np.ascontiguousarray(found.axes[:, : min(found.kept, len(names) - 1)])

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        parts = self._parts(matrix)
        return rowwise_sums(parts, {"all": range(parts.shape[1])})[:, 0]

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return rowwise_sums(self._parts(matrix), sensors)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        return self._in_plane((matrix - self.center_) / self.scale_) * self.scale_ + self.center_

    def _parts(self, matrix: np.ndarray) -> np.ndarray:
        """Each feature's squared residual, (n_windows, n_features)."""
        z = (matrix - self.center_) / self.scale_
        return (z - self._in_plane(z)) ** 2

    def _in_plane(self, z: np.ndarray) -> np.ndarray:
        """The nearest points of the plane, (n_windows, n_features)."""
        return rowwise_product(rowwise_product(z, self.axes_), self.axes_.T)

    def _check_state(self) -> None:
        if self.axes_.ndim != 2 or len(self.axes_) != len(self.feature_names_in_):
            raise ValueError("the axes are not one row for each feature")
        super()._check_state()
