"""The days ahead of a fleet: learn a forecaster, forecast day by day or on demand, watch how forecasts fare."""

from .ahead import forecast_ahead
from .days import forecast_days
from .learn import ForecastChoice, forecaster_in_force, lacking, train_forecaster
from .monitor_report import MonitorReport
from .monitoring import monitor
from .readings import readings_of, severity_detector, severity_version
from .watch import watch_days
from .writing import ForecastFiles, write_forecast

__all__ = [
    "ForecastChoice",
    "ForecastFiles",
    "MonitorReport",
    "forecast_ahead",
    "forecast_days",
    "forecaster_in_force",
    "lacking",
    "monitor",
    "readings_of",
    "severity_detector",
    "severity_version",
    "train_forecaster",
    "watch_days",
    "write_forecast",
]
