"""One learnt forecaster of one sensor for units it has seen and for units it has not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from ..config import ForecastConfig


@dataclass(frozen=True)
class Forecaster:
    """What is needed to forecast; plain numbers and arrays, scikit-learn is not asked any more.

    Attributes
    ----------
    config : the settings it was learnt with.
    step : time between two forecast instants, in microseconds.
    strategy : ``direct`` or ``recursive``; which of the two is in force.
    """

    config: ForecastConfig
    step: int
    strategy: str

    def forecast(
        self, history: pl.DataFrame, origin: datetime, units: Sequence[str] | None = None
    ) -> tuple[pl.DataFrame, dict[str, str]]:
        """Forecast the config's horizon of every unit, from what was known at ``origin``.

        Parameters
        ----------
        history : ``unit_id``, ``time`` (UTC, us, on the step's grid, gaps allowed), ``value`` (null where silent);
            should reach back ``config.lookback`` before the origin; readings after the origin are not looked at.
        origin : the last instant that is known (UTC); readings at it count.
        units : which ones; all that the history holds when not given.

        Returns
        -------
        ``unit_id``, ``origin``, ``time``, ``horizon`` (duration), ``horizon_day`` (1..), ``forecast``, and
        ``lower_80``, ``upper_80`` and so on per level; and for each unit without a forecast the reason, as a sentence.

        Raises
        ------
        ForecastError
            If the history lacks a column, or the origin or an instant is not on the grid.
        """
        raise NotImplementedError

    def one_step(self, readings: pl.DataFrame) -> pl.DataFrame:
        """Expect every reading from those before it, one step ahead.

        Returns
        -------
        ``unit_id``, ``time``, ``expected`` (null where too little is known), ``spread`` (the usual error of such an
        expectation, in the sensor's measure; of the unit's own recent variation).
        """
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Write ``forecaster.json`` and ``forecaster.safetensors``; the folder is made when it is absent."""
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> "Forecaster":
        """Read what ``save`` wrote.

        Raises
        ------
        ForecastError
            If a file is missing, damaged, or the two don't belong together.
        """
        raise NotImplementedError
