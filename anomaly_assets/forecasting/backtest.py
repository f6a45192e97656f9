"""Rolling origins: what would have been forecast, beside what came and beside what anybody could have said."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from ..config import ForecastConfig
from .accuracy import accuracy
from .forecaster import Forecaster
from .layout import Layout
from .naive import naive_forecasts
from .panel import Panel
from .rows import Rows, rows_of

MOST_ROWS = 400_000  # of one backtest; longer ones look at every second, third, ... instant ahead


def backtest(
    forecaster: Forecaster, readings: pl.DataFrame, start: datetime, end: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecast again and again from origins between two instants, and measure.

    Parameters
    ----------
    readings : ``unit_id``, ``time``, ``value``; should begin ``config.lookback`` before ``start``.
    start, end : the first instant that may be forecast, and the first that may not. Nothing that the forecaster learnt
        from should lie in between.

    Returns
    -------
    Accuracy as ``Report.backtest`` has it, less ``part``, and the forecasts beside ``value`` and the naive ones.
    """
    panel = Panel.of(readings, forecaster.step)
    first, last = panel.column(start), panel.column(end)
    found = compared(forecaster, panel, usual_errors(panel, forecaster.layout.day, first), first, last)
    return accuracy(found, ("forecaster",), forecaster.config.levels), found


def compared(forecaster: Forecaster, panel: Panel, usual: np.ndarray, first: int, last: int) -> pl.DataFrame:
    """Forecast the columns ``first`` ... ``last`` (not included) of a panel from rolling origins."""
    layout = forecaster.layout
    unit, origin = origins(panel, layout, forecaster.config, first, last)
    every = thinned(len(unit) * layout.horizon)
    parts = [with_truth(panel, layout, part, usual) for part in forecaster.ahead(panel, unit, origin, every)]
    names = {"forecast": "forecaster"}
    return pl.concat(parts).rename(names) if parts else forecaster.nothing().rename(names)


def origins(
    panel: Panel, layout: Layout, config: ForecastConfig, first: int, last: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the units and columns to forecast from, so that the whole horizon lies in ``first`` ... ``last``."""
    every = max(config.origins_every // timedelta(microseconds=panel.step), 1)
    column = np.arange(max(first - 1, 0), min(last, panel.steps) - layout.horizon, every)
    unit, origin = np.repeat(np.arange(len(panel.units)), len(column)), np.tile(column, len(panel.units))
    known = rows_of(panel, layout, unit, origin, np.ones(len(unit), np.int64)).known
    return unit[known], origin[known]


def thinned(rows: int) -> int:
    """Say that every so-manieth instant ahead is looked at."""
    return -(-rows // MOST_ROWS) if rows > MOST_ROWS else 1


def with_truth(panel: Panel, layout: Layout, forecasts: pl.DataFrame, usual: np.ndarray) -> pl.DataFrame:
    """Put the readings that came, the naive forecasts and the unit's usual error beside forecasts."""
    unit, origin = forecasts["unit"].to_numpy(), forecasts["origin_column"].to_numpy()
    horizon = (forecasts["horizon"].dt.total_microseconds() // panel.step).to_numpy()
    naive = naive_forecasts(panel, layout.day, unit, origin, horizon)
    told = {"value": panel.values[unit, origin + horizon], **naive, "usual": usual[unit]}
    columns = [pl.Series(name, given).fill_nan(None) for name, given in told.items()]
    return forecasts.drop("unit", "origin_column").with_columns(columns)


def usual_errors(panel: Panel, day: int, before: int) -> np.ndarray:
    """Take every unit's mean error of the daily naive forecast in the columns before one; what ``mase`` divides by."""
    past = panel.values[:, :before]
    usual = np.full(len(panel.units), np.nan)
    for unit, series in enumerate(past):
        moved = np.abs(series[day:] - series[:-day]) if len(series) > day else np.empty(0)
        if np.isfinite(moved).any():
            usual[unit] = np.nanmean(moved)
    return usual


def validation_rows(
    panel: Panel, layout: Layout, config: ForecastConfig, first: int, last: int
) -> tuple[Rows, np.ndarray, np.ndarray]:
    """Make the rows of the rolling origins of a part; and the origins' units and columns."""
    unit, origin = origins(panel, layout, config, first, last)
    every = thinned(len(unit) * layout.horizon)
    ahead = np.arange(every, layout.horizon + 1, every)
    given = np.repeat(unit, len(ahead)), np.repeat(origin, len(ahead)), np.tile(ahead, len(unit))
    return rows_of(panel, layout, *given), unit, origin
