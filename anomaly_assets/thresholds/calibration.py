"""The scored windows that a threshold is found on; no method lives here."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from ..config import format_duration
from ..errors import ThresholdError
from .threshold import Threshold


@dataclass(frozen=True)
class Calibration:
    """Scores of windows that no model was fitted on; one row = one window of one unit.

    Attributes
    ----------
    unit_id : (n_windows,) String.
    window_start, window_end : (n_windows,) Datetime.
    score : (n_windows,) Float64; higher is more anomalous.
    labels : (n_windows,) Boolean, true where a label calls the window anomalous; None where nobody labelled.
    """

    unit_id: pl.Series
    window_start: pl.Series
    window_end: pl.Series
    score: pl.Series
    labels: pl.Series | None = None

    def __post_init__(self) -> None:
        columns = [self.unit_id, self.window_start, self.window_end, self.score]
        sizes = {len(column) for column in columns + ([] if self.labels is None else [self.labels])}
        if len(sizes) != 1:
            raise ThresholdError("the columns of a calibration differ in length", found=sorted(sizes))
        bad = self.score.len() - int(self.score.is_finite().sum())
        if bad:
            raise ThresholdError(
                f"{bad} of {self.score.len()} calibration scores are missing or not finite",
                remedy="look at the detector: a score is a finite number for every window",
            )

    @cached_property
    def scores(self) -> np.ndarray:
        """The scores: float64 (n_windows,)."""
        return self.score.cast(pl.Float64).to_numpy()

    @cached_property
    def anomalous(self) -> np.ndarray:
        """Whether a label calls the window anomalous: boolean (n_windows,)."""
        if self.labels is None:
            return np.zeros(len(self.score), dtype=bool)
        return self.labels.cast(pl.Boolean).fill_null(False).to_numpy()

    @property
    def unit_days(self) -> float:
        """Time that the windows cover, summed over units, in days."""
        covered = int((self.window_end - self.window_start).dt.total_microseconds().sum())
        return covered / (timedelta(days=1) / timedelta(microseconds=1))

    def normal(self) -> "Calibration":
        """The windows that no label calls anomalous."""
        keep = pl.Series(~self.anomalous)
        columns = [self.unit_id, self.window_start, self.window_end, self.score]
        return Calibration(*(column.filter(keep) for column in columns))

    def threshold(self, value: float, method: str, params: dict[str, Any], assumption: str) -> Threshold:
        """A threshold that was found on these windows."""
        plain = {k: format_duration(v) if isinstance(v, timedelta) else v for k, v in params.items()}
        first: Any = self.window_start.min()
        last: Any = self.window_end.max()
        return Threshold(float(value), method, plain, assumption, len(self.score), self.unit_days, first, last)
