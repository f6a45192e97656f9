"""The tables of fleets that are forecast: the days ahead, and how forecasts fared; columns depend on the levels.

How forecasts are made belongs in forecasting/, what is judged by them in monitoring/.
"""

from typing import Any

import dataframely as dy
import polars as pl

from ..config import FleetConfig, coverage_names
from .base import Table
from .columns import moment, number

FORECAST_MEANINGS = {
    "origin": "last instant that was known",
    "horizon_minutes": "from the origin to the instant that is forecast",
    "horizon_day": "1 is the first day ahead; empty for all together",
    "forecast": "reading to be expected, in the sensor's unit",
    "made_at": "moment of forecasting",
    "readings": "readings that forecasts were compared with, one for each forecast",
    "rmse": "root mean squared error, in the sensor's unit",
    "mae": "mean absolute error, in the sensor's unit",
    "baseline_rmse": "the same in the backtest of that version",
    "ratio": "error in multiples of the backtest's; over all units their median",
    "median_severity": "median severity of the day's readings, 0 to 1; empty where nothing tells one",
    "baseline_severity": "median severity of what the detector that tells it has learnt from",
    "severity_tolerance": "median severity above which a day has drifted",
    "tolerance": "ratio above which a day has drifted",
}
"""What the columns mean, those of intervals excepted."""


def interval_meanings(fleet: FleetConfig) -> dict[str, str]:
    """Say what the columns of the configured levels mean."""
    if fleet.forecast is None:
        return {}
    told = {}
    for name in coverage_names(fleet.forecast.levels):
        percent = name.replace("_", ".")
        told[f"lower_{name}"] = f"lower end of the interval that is to hold {percent} % of the readings"
        told[f"upper_{name}"] = f"upper end of the interval that is to hold {percent} % of the readings"
        told[f"coverage_{name}"] = f"share of the readings within the interval that is to hold {percent} %"
    return told


def forecast(fleet: FleetConfig) -> Table:
    """One row = one instant ahead of one unit, as it was expected at the day's last instant.

    ``in_training`` says that the forecaster in use had learnt from the reading of that instant. Bounds of a level that
    the forecaster was not made for are null.
    """
    config = _configured(fleet)
    columns: dict[str, Any] = {
        "unit_id": dy.String(),
        "origin": moment(),
        "time": moment(),
        "horizon_minutes": dy.Float64(min=0),
        "horizon_day": dy.Int64(min=1),
        "forecast": dy.Float64(allow_inf=False, allow_nan=False),
    }
    columns |= {name: number() for name in config.bounds}
    columns |= {"model_version": dy.Int64(), "in_training": dy.Bool(), "made_at": moment()}
    rules = {"ahead_of_origin": pl.col("time") > pl.col("origin")}
    for name in coverage_names(config.levels):
        held = pl.col("forecast").is_between(f"lower_{name}", f"upper_{name}")
        rules[f"within_{name}"] = held | pl.any_horizontal(pl.col(f"lower_{name}", f"upper_{name}").is_null())
    return Table(fleet.fleet, "forecast", "origin", ("unit_id", "origin", "time"), columns, rules)


def forecast_monitoring(fleet: FleetConfig) -> Table:
    """One row per day, horizon day and unit, each also all together (null): errors of the forecasts made for the day.

    The verdict, its tolerance and the severity stand on the row of all units and all horizon days; a day without a
    verdict, such as one that the forecaster has learnt from, has null there.
    """
    columns: dict[str, Any] = {
        "day": dy.Date(),
        "horizon_day": dy.Int64(nullable=True, min=1),
        "unit_id": dy.String(nullable=True),
        "readings": dy.Int64(min=0),
        **{name: number(min=0) for name in ("rmse", "mae", "baseline_rmse", "ratio")},
        **{f"coverage_{name}": number(min=0, max=1) for name in coverage_names(_configured(fleet).levels)},
        "median_severity": number(min=0, max=1),
        "baseline_severity": number(min=0, max=1),
        "severity_tolerance": number(min=0),
        "tolerance": number(min=0),
        "drifted": dy.Bool(nullable=True),
        "model_version": dy.Int64(nullable=True),
    }
    return Table(fleet.fleet, "forecast_monitoring", "day", ("day", "horizon_day", "unit_id"), columns, {})


def _configured(fleet: FleetConfig) -> Any:
    if fleet.forecast is None:
        raise ValueError(f"{fleet.fleet} has no forecast")
    return fleet.forecast
