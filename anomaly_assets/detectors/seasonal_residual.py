"""Seasonal residual: how far the features lie from what is usual at that hour of the week."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags
from .rowwise import rowwise_sums
from .seasons import HOURS_OF_WEEK, hour_of_week, learn_seasons


class SeasonalResidual(Detector):
    """Sum of squared robust z values around the median of the hour of the week.

    Assumes that what a plant does is a matter of the clock: shifts, tariffs, daylight. Sees amplitude, and also a level
    that is usual at another hour. Blind to what leaves every level alone, as `deviation` is, which it becomes where
    the clock has taught nothing: an hour of the week that training hardly knows takes the median of that hour of all
    days, and one whose hour of the day is hardly known as well the median of everything. Hours are those of UTC: where
    clocks are put forward, people's hours move by one and the learnt ones do not.
    Costs a look-up and a few operations per feature and window.

    A sensor's contribution is its features' part of the sum, so that contributions add up to the score. What was
    expected is the median.

    Parameters
    ----------
    statistics : features that take part, such as ``raw`` and ``mean``; None for those of every sensor.
    min_rows : windows from which on an hour is known.
    min_days : different dates with a window from which on an hour is known; of an hour of the week, these are weeks.
    floor : least spread of an hour, as a share of the spread over all hours; few windows say little about a spread.
    cap : largest |z| that counts, so that one feature can't drown the others; None for no cap.

    Attributes
    ----------
    center_, scale_ : (168, n_features) median and robust standard deviation of each hour of the week.
    period_ : (168,) what each hour was learnt from: 168 the hour of the week, 24 of the day, 1 all windows.

    References
    ----------
    Hochenbaum, J., Vallis, O. S. and Kejariwal, A. (2017). Automatic anomaly detection in the cloud via statistical
    learning. arXiv:1704.07706, for residuals of seasonal medians in place of means.
    """

    tags = DetectorTags(deterministic=True, explains=True, expects=True, cannot_see=("stuck", "correlation_break"))
    clock = True

    def __init__(
        self,
        *,
        statistics: tuple[str, ...] | None = ("raw", "mean"),
        min_rows: Annotated[int, Field(ge=1)] = 20,
        min_days: Annotated[int, Field(ge=1)] = 3,
        floor: Annotated[float, Field(gt=0, le=1)] = 0.5,
        cap: Annotated[float, Field(gt=0)] | None = 10.0,
    ) -> None:
        self.statistics = statistics
        self.min_rows = min_rows
        self.min_days = min_days
        self.floor = floor
        self.cap = cap

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        learnt = learn_seasons(
            matrix[:, 1:], matrix[:, 0], min_rows=self.min_rows, min_days=self.min_days, floor=self.floor
        )
        self.center_, self.scale_, self.period_ = learnt.center, learnt.scale, learnt.period

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        parts = self._parts(matrix)
        return rowwise_sums(parts, {"all": range(parts.shape[1])})[:, 0]

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return rowwise_sums(self._parts(matrix), sensors)

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        return self.center_[hour_of_week(matrix[:, 0])]

    def _parts(self, matrix: np.ndarray) -> np.ndarray:
        """Each feature's term of the sum, (n_windows, n_features)."""
        hours = hour_of_week(matrix[:, 0])
        z = (matrix[:, 1:] - self.center_[hours]) / self.scale_[hours]
        if self.cap is not None:
            np.clip(z, -self.cap, self.cap, out=z)
        return z * z

    def _check_state(self) -> None:
        shape = (HOURS_OF_WEEK, len(self.feature_names_in_))
        if self.center_.shape != shape or self.scale_.shape != shape or not (self.scale_ > 0).all():
            raise ValueError("middle and spread are not one row for each hour of the week")
        super()._check_state()
