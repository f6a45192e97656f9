"""One sensor's features: the reading, statistics of trailing windows, lags; what a statistic is, is told elsewhere."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import FleetConfig, WindowConfig, format_duration
from ..errors import FeatureError
from .columns import Columns
from .grid import Grid, Piece
from .moments import FloatArray, Moments
from .statistics import Statistic, statistic

Chosen = dict[str, Statistic]  # by the name of the column that it fills

PIECE_ROWS = 16_384  # moments of so many windows stay in the processor's cache
PIECE_READINGS = 2**20  # 8 MB of unrolled windows at once


def window_width(length: timedelta, sampling: timedelta) -> int:
    """Number of grid instants in (t - length, t]."""
    return -(-length // sampling)


def needed_readings(window: WindowConfig, width: int) -> int:
    """Smallest number of readings that is at least the window's `min_share` of its grid instants."""
    return max(1, math.ceil(window.min_share * width - 1e-9))


@dataclass(frozen=True)
class Trailing:
    """One sensor's readings seen through trailing windows of `width` positions that need `need` readings."""

    grid: Grid
    reading: FloatArray
    width: int
    need: int

    def rows(self, piece: Piece) -> tuple[NDArray[Any], ...]:
        """What the kernels are told of a piece's rows."""
        rows = slice(piece.start, piece.stop)
        return self.grid.position[rows], self.grid.fresh[rows], self.reading[rows], self.grid.wanted[rows]


def fill_sensor(grid: Grid, fleet: FleetConfig, sensor: str, reading: FloatArray, columns: Columns) -> None:
    """Write every feature that there is a column for, of one sensor with readings (rows,)."""
    if f"{sensor}__raw" in columns:
        columns.write(f"{sensor}__raw", 0, grid.at_windows(reading))
    for name, window in fleet.features.windows.items():
        width = window_width(window.length, fleet.sampling)
        trailing = Trailing(grid, reading, width, needed_readings(window, width))
        wanted = {f"{sensor}__{wanted}_{name}": wanted for wanted in window.statistics}
        chosen = {column: statistic(name) for column, name in wanted.items() if column in columns}
        with np.errstate(all="ignore"):
            fill_from_moments(trailing, chosen, columns)
            _fill_from_readings(trailing, chosen, columns)
    for lag in fleet.features.lags:
        if (name := f"{sensor}__lag_{format_duration(lag)}") in columns:
            _fill_lag(grid, reading, lag // fleet.sampling, columns, name)


def fill_from_moments(trailing: Trailing, chosen: Chosen, columns: Columns) -> None:
    """Write the statistics that ask for moments; those of another kind are left alone."""
    from .kernels import fold

    chosen = {name: wanted for name, wanted in chosen.items() if wanted.kind == "moments"}
    grid, width = trailing.grid, trailing.width
    rows = min(max(PIECE_ROWS, 4 * width), len(grid.position)) if chosen else 0
    suffixes, table = np.empty((min(width, len(grid.position)), 7)), np.empty((7, rows))
    last = grid.at_windows(trailing.reading)
    for piece in grid.pieces(width, rows):
        found = fold(*trailing.rows(piece), piece.look_back, width, trailing.need, suffixes, table)
        moments = Moments(*(*table[:, :found], last[piece.first_out : piece.stop_out]))
        for name, wanted in chosen.items():
            columns.write(name, piece.first_out, _asked(wanted, moments, found))


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


def _asked(wanted: Statistic, windows: Moments | FloatArray, found: int) -> FloatArray:
    values = np.asarray(wanted.function(windows))
    if values.shape != (found,):
        raise FeatureError(f"statistic {wanted.name} gave a wrong shape", found=values.shape, expected=(found,))
    return values


def _fill_lag(grid: Grid, reading: FloatArray, steps: int, columns: Columns, name: str) -> None:
    from .kernels import lag

    lag(grid.position, grid.fresh, reading, grid.wanted, steps, columns[name])
    columns.settle(name)
