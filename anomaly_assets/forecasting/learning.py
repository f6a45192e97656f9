"""Learning a forecaster: split by time, leave anomalies out, search the grid, backtest, calibrate intervals."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from ..config import ForecastConfig
from .forecaster import Forecaster
from .report import Report


@dataclass(frozen=True)
class Learnt:
    """A forecaster and what learning it found out."""

    forecaster: Forecaster
    report: Report


def learn_forecaster(readings: pl.DataFrame, config: ForecastConfig, step: timedelta) -> Learnt:
    """Learn one model for all units of one sensor.

    Parameters
    ----------
    readings : ``unit_id``, ``time`` (UTC, us, on the step's grid, gaps allowed), ``value`` (null where silent),
        optionally ``severity`` (0 to 1).
    config : settings.
    step : time between two readings, ``FleetConfig.forecast_step``.

    Raises
    ------
    ForecastError
        If a column is missing, an instant is not on the grid, or the recording is too short for the split.
    """
    raise NotImplementedError
