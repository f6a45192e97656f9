"""Cumulative sums: small shifts that last, each sensor for itself."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import Detector, DetectorTags
from .rowwise import rowwise_sums
from .shapes import usual


class Cusum(Detector):
    """Two-sided CUSUM of every feature's robust z, of a memory of ``steps`` windows, added up over the features.

    The largest sum of the last 1, 2, ... ``steps`` values of z - slack, or of -z - slack, and 0 where both are
    negative; a classic CUSUM never forgets, this one does after ``steps`` windows, so that a score depends on its
    history alone. Assumes one usual level per feature. Sees shifts of about twice the slack soonest, and drift; blind
    to what leaves every level alone. Costs a few operations per feature and step. A sensor's contribution is its
    features' own sums, so that contributions add up to the score.

    Parameters
    ----------
    steps : memory in windows.
    slack : of each z, half the shift that is to be found soonest, in standard deviations.
    cap : largest |z| that counts, so that one spike doesn't pass for a shift; None for no cap.
    statistics : features that take part; None for all.
    max_windows : most histories that are learnt from; None for all.

    Attributes
    ----------
    center_, scale_ : (n_features,) median and robust standard deviation.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41(1/2), 100-115.
    """

    tags = DetectorTags(deterministic=True, explains=True, reads="sequence", cannot_see=("stuck", "correlation_break"))

    def __init__(
        self,
        *,
        steps: Annotated[int, Field(ge=2)] = 60,
        slack: Annotated[float, Field(ge=0)] = 0.5,
        cap: Annotated[float, Field(gt=0)] | None = 5.0,
        statistics: tuple[str, ...] | None = ("raw",),
        max_windows: Annotated[int, Field(ge=1)] | None = 20_000,
    ) -> None:
        self.steps = steps
        self.slack = slack
        self.cap = cap
        self.statistics = statistics
        self.max_windows = max_windows

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.center_, self.scale_ = usual(matrix, self.steps)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        sums = self._sums(matrix)
        return rowwise_sums(sums, {"all": range(sums.shape[1])})[:, 0]

    def _explain(self, matrix: np.ndarray, sensors: Mapping[str, Sequence[int]]) -> np.ndarray:
        return rowwise_sums(self._sums(matrix), sensors)

    def _sums(self, matrix: np.ndarray) -> NDArray[np.float64]:
        """Each feature's CUSUM, (n_windows, n_features); step by step, the newest first."""
        histories = matrix.reshape(len(matrix), -1, self.steps)
        largest = up = down = np.zeros(histories.shape[:2])
        for step in range(self.steps - 1, -1, -1):
            z = (histories[:, :, step] - self.center_) / self.scale_
            if self.cap is not None:
                z = np.clip(z, -self.cap, self.cap)
            up, down = up + (z - self.slack), down + (-z - self.slack)
            largest = np.maximum(largest, np.maximum(up, down))
        return largest
