"""Which readings teach, which choose and which are only reported: by time, alike for all units."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ..config import ForecastConfig
from ..errors import ForecastError
from .layout import Layout
from .panel import Panel


@dataclass(frozen=True)
class Split:
    """Columns where the parts begin, and which readings may be learnt from.

    Training is [0, validation), validation [validation, test), test [test, end). A forecast belongs to a part when
    its origin knows nothing of the part and its whole horizon lies in it; a row of training when its target lies in
    training. So no target of one part is a target, or lies in the past, of a row of an earlier one.

    Attributes
    ----------
    validation, test, end : columns.
    known, usual : bool of the panel's shape: readings, and those whose severity is no higher than the cutoff.
    cutoff, median : of the severity in training; None where nobody told a severity.
    """

    validation: int
    test: int
    end: int
    known: np.ndarray
    usual: np.ndarray
    cutoff: float | None
    median: float | None

    @classmethod
    def of(cls, panel: Panel, layout: Layout, config: ForecastConfig) -> "Split":
        """Split a panel.

        Raises
        ------
        ForecastError
            If what is left for training is shorter than a horizon and half a spread.
        """
        step, end = timedelta(microseconds=panel.step), panel.steps
        test = end - config.test // step
        validation = test - config.validation // step
        needed = layout.horizon + layout.spread // 2
        if validation < needed:
            raise ForecastError(
                "the recording is too short to learn a forecaster",
                found=f"{end * step} from {panel.instant(0)}",
                expected=f"at least {config.test + config.validation + needed * step}",
                remedy="wait for more readings, or shorten forecast.validation and forecast.test",
            )
        cutoff, median = _cutoff(panel, validation, config.severity_quantile)
        read = ~np.isnan(panel.values)
        usual = read if cutoff is None or panel.severity is None else read & ~(panel.severity > cutoff)
        return cls(validation, test, end, read, usual, cutoff, median)

    def before(self, column: int) -> np.ndarray:
        """Say which readings may be learnt from before a column."""
        return _until(self.usual, column)

    def read(self, column: int) -> np.ndarray:
        """Say which readings there are before a column, severe ones too."""
        return _until(self.known, column)

    def instants(self, panel: Panel) -> dict[str, datetime]:
        """Say when the parts begin."""
        columns = {"start": 0, "validation_start": self.validation, "test_start": self.test, "end": self.end}
        return {name: panel.instant(column) for name, column in columns.items()}


def _until(which: np.ndarray, column: int) -> np.ndarray:
    kept = which.copy()
    kept[:, column:] = False
    return kept


def _cutoff(panel: Panel, until: int, quantile: float) -> tuple[float | None, float | None]:
    if panel.severity is None:
        return None, None
    told = panel.severity[:, :until]
    told = told[~np.isnan(told) & ~np.isnan(panel.values[:, :until])]
    return (float(np.quantile(told, quantile)), float(np.median(told))) if len(told) else (None, None)
