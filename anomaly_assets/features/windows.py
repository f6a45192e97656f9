"""One sensor's features: the reading, statistics of trailing windows, lags; what a statistic is, is told elsewhere."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np

from ..config import FleetConfig, format_duration
from ..errors import FeatureError
from .columns import Columns
from .grid import Grid
from .moments import FloatArray, TwoMoments
from .statistics import Statistic, statistic
from .trailing import Trailing

Chosen = dict[str, Statistic]  # by the name of the column that it fills

PIECE_READINGS = 2**20  # 8 MB of unrolled windows at once


def window_width(length: timedelta, sampling: timedelta) -> int:
    """Number of grid instants in (t - length, t]."""
    return -(-length // sampling)


def needed_readings(min_share: float, width: int) -> int:
    """Smallest number of readings that is at least `min_share` of a window's grid instants."""
    return max(1, math.ceil(min_share * width - 1e-9))


def fill_sensor(grid: Grid, fleet: FleetConfig, sensor: str, reading: FloatArray, columns: Columns) -> None:
    """Write every feature that there is a column for, of one sensor with readings (rows,)."""
    if f"{sensor}__raw" in columns:
        columns.write(f"{sensor}__raw", 0, grid.at_windows(reading))
    impossible = grid.impossible(sensor)
    for name, window in fleet.features.windows.items():
        width = window_width(window.length, fleet.sampling)
        trailing = Trailing(grid, reading, width, needed_readings(window.min_share, width), impossible)
        wanted = {f"{sensor}__{wanted}_{name}": wanted for wanted in window.statistics}
        chosen = {column: statistic(name) for column, name in wanted.items() if column in columns}
        with np.errstate(all="ignore"):
            fill_from_moments(trailing, chosen, columns)
            _fill_from_readings(trailing, chosen, columns)
            _fill_from_trailing(trailing, chosen, columns)
    for lag in fleet.features.lags:
        if (name := f"{sensor}__lag_{format_duration(lag)}") in columns:
            _fill_lag(grid, reading, lag // fleet.sampling, columns, name)


def fill_from_moments(trailing: Trailing, chosen: Chosen, columns: Columns) -> None:
    """Write the statistics that ask for moments; those of another kind are left alone."""
    chosen = {name: wanted for name, wanted in chosen.items() if wanted.kind in {"two_moments", "moments"}}
    if not chosen:
        return
    higher = any(wanted.kind == "moments" for wanted in chosen.values())
    for first, found, moments in trailing.moments() if higher else trailing.two_moments():
        for name, wanted in chosen.items():
            columns.write(name, first, _asked(wanted, moments, found))


def _fill_from_readings(trailing: Trailing, chosen: Chosen, columns: Columns) -> None:
    from .kernels import unroll

    chosen = {name: wanted for name, wanted in chosen.items() if wanted.kind == "readings"}
    rows = max(1, PIECE_READINGS // trailing.width) if chosen else 0
    table = np.empty((rows, trailing.width))
    for piece in trailing.grid.pieces(trailing.width, rows):
        found = unroll(*trailing.rows(piece), piece.look_back, trailing.width, table)
        enough = np.count_nonzero(~np.isnan(table[:found]), axis=1) >= trailing.need
        for name, wanted in chosen.items():
            values = np.full(found, np.nan)
            values[enough] = _asked(wanted, table[:found][enough], int(enough.sum()))
            columns.write(name, piece.first_out, values)


def _fill_from_trailing(trailing: Trailing, chosen: Chosen, columns: Columns) -> None:
    for name, wanted in chosen.items():
        if wanted.kind == "trailing":
            columns.take(name, _asked(wanted, replace(trailing, out=columns[name]), trailing.grid.windows))


def _asked(wanted: Statistic, windows: TwoMoments | FloatArray | Trailing, found: int) -> FloatArray:
    values = np.asarray(wanted.function(windows))
    if values.shape != (found,):
        raise FeatureError(f"statistic {wanted.name} gave a wrong shape", found=values.shape, expected=(found,))
    return values


def _fill_lag(grid: Grid, reading: FloatArray, steps: int, columns: Columns, name: str) -> None:
    from .kernels import lag

    lag(grid.position, grid.fresh, reading, grid.wanted, steps, columns[name])
    columns.settle(name)
