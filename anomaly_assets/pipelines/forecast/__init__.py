"""The days ahead of a fleet: learn a forecaster, forecast day by day or on demand. The computing is forecasting/'s."""

from .ahead import forecast_ahead
from .days import forecast_days
from .learn import ForecastChoice, forecaster_in_force, lacking, train_forecaster
from .readings import readings_of, severity_version

__all__ = [
    "ForecastChoice",
    "forecast_ahead",
    "forecast_days",
    "forecaster_in_force",
    "lacking",
    "readings_of",
    "severity_version",
    "train_forecaster",
]
