"""From cleaned readings to windows: one row per unit and stride, one column per feature of the fleet's file."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig
from .alike import FEW_READINGS, fill_alike
from .checks import check_features
from .columns import Columns
from .cycles import fill_cycles
from .grid import Grid
from .layout import TIME, lay_out
from .recipe import Recipe
from .settings import fill_settings, withhold_unmatched, without_settings
from .windows import fill_sensor

_MICROSECOND = timedelta(microseconds=1)


def build_features(cleaned: pl.DataFrame, fleet: FleetConfig, start: datetime, end: datetime) -> pl.DataFrame:
    """Make the windows that start in [start, end).

    Causal: a window's features come from readings at or before its last grid instant, and from nothing else, so that
    day by day, in chunks or as one range gives the same rows to the last bit. Statistics over a window named
    ``1h`` of length L at t see the readings in (t - L, t]; with fewer than ``min_share`` of its grid instants present
    there is no value. A lag is the reading at exactly t - lag. The calendar is taken at t, in UTC. Where features are
    conditioned on settings by regression, a trailing mean over other instants than the settings' has no value.

    Parameters
    ----------
    cleaned : rows of contracts.cleaned_sensors from ``start - fleet.lookback`` on, in any order; others are ignored.
    fleet : names the windows, statistics, lags and cycles; its stride is the time from one row to the next.
    start, end : multiples of the stride since the Unix epoch, UTC.

    Returns
    -------
    Rows of contracts.features sorted by unit and time, null where a feature has no value. A window is given out at
    the last grid instant of its stride that has a row; windows whose sensors give no value at all are left out.

    Raises
    ------
    ConfigError
        If the fleet names a feature that can't be made (see `check_features`).
    FeatureError
        If the readings are not on the sampling grid, doubled or lack a column, or the range cuts a stride.
    """
    check_features(fleet)
    grid, rows = lay_out(cleaned, fleet, start, end)
    recipe = Recipe.of(fleet)
    columns, position = filled(grid, recipe), grid.at_windows(grid.position)
    frame = pl.DataFrame([*_keys(grid, rows, position, fleet), *map(columns.series, columns.names)])
    return frame.filter(pl.any_horizontal(pl.col(recipe.names[: recipe.of_sensors]).is_not_null()))


def filled(grid: Grid, recipe: Recipe) -> Columns:
    """Compute every feature of the grid's windows; this is the one place where that is done."""
    fleet, sensors = recipe.fleet, recipe.sensors
    few = len(grid.position) * len(sensors) <= FEW_READINGS
    columns = Columns(recipe.names, grid.windows, together=few)
    absent = without_settings(grid, fleet)
    if few:
        fill_alike(grid, recipe, columns)
    else:
        for sensor in sensors:
            fill_sensor(grid, fleet, sensor, grid.reading(sensor), columns)
    withhold_unmatched(grid, fleet, absent, columns)
    fill_settings(grid, fleet, absent, columns)
    step = fleet.sampling // _MICROSECOND
    fill_cycles(fleet.features.calendar, grid.at_windows(grid.position), step, columns)
    return columns


def starts_of(position: NDArray[np.int64], fleet: FleetConfig) -> NDArray[np.int64]:
    """Start of the window that each grid position lies in, microseconds since the epoch."""
    if fleet.stride == fleet.sampling:
        return position * (fleet.sampling // _MICROSECOND)
    return position // (fleet.stride // fleet.sampling) * (fleet.stride // _MICROSECOND)


def _keys(grid: Grid, rows: pl.DataFrame, position: NDArray[np.int64], fleet: FleetConfig) -> list[pl.Series]:
    whole, stride = grid.wanted.all(), fleet.stride // _MICROSECOND
    unit, start = (column if whole else column.filter(pl.Series(grid.wanted)) for column in rows)
    if fleet.stride != fleet.sampling:
        start = pl.Series(starts_of(position, fleet)).cast(TIME)
    end = (start.to_physical() + stride).cast(TIME)
    return [unit, start.alias("window_start"), end.alias("window_end")]
