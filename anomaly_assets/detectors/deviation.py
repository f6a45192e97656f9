"""Deviation: how far the features lie from their usual middle, added up over sensors and scales."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .columns import selects
from .location import robust_location, winsorized_location
from .rowwise import rowwise_sums


class Deviation(Detector):
    """Weighted sum of squared robust z values over readings and trailing means at several scales.

    Assumes one usual level per feature. Sees amplitude: spikes, level shifts and drift; each trailing mean makes a
    small lasting shift stand out from the noise that a single reading drowns in. Blind to what leaves every level
    alone: a stuck sensor, a broken correlation. Costs a few operations per feature and window. A sensor's contribution
    is its features' part of the sum, so that contributions add up to the score.

    Parameters
    ----------
    statistics : features that take part: ``raw``, ``mean`` (every window), ``mean_1h`` (one); None for all.
    weights : weight of a statistic, named in the same way; 1 where none is given, the longest name wins.
    cap : largest |z| that counts, so that one feature can't drown the others; None for no cap.
    freedom : degrees of freedom of Student's t distribution, whose negative log-likelihood then takes the place of z²:
        (freedom + 1) log(1 + z² / freedom). Sensors that jump now and then while healthy no longer drown those that
        wander off slowly; None for z², its limit at infinity.
    location : middle and spread by ``median`` and median absolute deviation, or by ``winsorized`` mean and standard
        deviation, which suits sensors that are counted in steps.

    Attributes
    ----------
    center_, scale_, weight_ : (n_features,) middle, robust standard deviation and weight of each feature.

    References
    ----------
    Lange, K. L., Little, R. J. A. and Taylor, J. M. G. (1989). Robust statistical modeling using the t distribution.
    Journal of the American Statistical Association 84(408), 881-896.

    Examples
    --------
    >>> import polars as pl
    >>> from anomaly_assets.detectors import build_detector
    >>> normal = pl.DataFrame({"oxygen__raw": [7.9, 8.0, 8.1, 8.0, 7.9, 8.1]})
    >>> build_detector("deviation").fit(normal).score(pl.DataFrame({"oxygen__raw": [8.0, 8.2, 6.0]})).round(1).tolist()
    [0.0, 1.8, 182.0]
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True, cannot_see=("stuck", "correlation_break"))

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        weights: Mapping[str, Annotated[float, Field(ge=0)]] | None = None,
        cap: Annotated[float, Field(gt=0)] | None = None,
        freedom: Annotated[float, Field(gt=0)] | None = None,
        location: Literal["median", "winsorized"] = "median",
    ) -> None:
        self.statistics = statistics
        self.weights = weights
        self.cap = cap
        self.freedom = freedom
        self.location = location

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        locate = robust_location if self.location == "median" else winsorized_location
        self.center_, self.scale_ = locate(matrix)
        self.weight_ = np.array([self._weight(name) for name in names])

    def _weight(self, column: str) -> float:
        named = {name: weight for name, weight in (self.weights or {}).items() if selects(name, column)}
        return float(named[max(named, key=len)]) if named else 1.0

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        score = np.zeros(len(matrix))
        for part in self._parts(matrix).T:
            score += part  # column by column: a sum along rows may round differently for another number of rows
        return score

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return rowwise_sums(self._parts(matrix), sensors)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.center_, matrix.shape)

    def _parts(self, matrix: np.ndarray) -> np.ndarray:
        """Each feature's term of the sum, (n_windows, n_features)."""
        z = (matrix - self.center_) / self.scale_
        if self.cap is not None:
            np.clip(z, -self.cap, self.cap, out=z)
        if self.freedom is None:
            return self.weight_ * (z * z)
        return self.weight_ * (self.freedom + 1) * np.log1p(z * z / self.freedom)
