"""The loops of whole_series.py, compiled, one unit after the other; importing this module imports numba."""

import numpy as np
from numba import njit, types

from ..compiling import compiled
from ..kernels import fold_two
from ..sequence_kernels import reversal, unchanged

_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_GRID = types.Array(types.int64, 1, "C", readonly=True)
_MASK = types.Array(types.boolean, 1, "C", readonly=True)
_TABLE = types.Array(types.float64, 2, "C")
_OUT = types.UniTuple(types.Array(types.float64, 1, "C"), 5)
_HOURS, HOUR, _CACHED = 24, 3_600_000_000, 4096


@njit
def _raise(severity, number, limits, one):  # type: ignore[no-untyped-def]
    """Raise severities to what a rule says: 0 at low x one, 1 at high x one; what is no number counts as 0."""
    low, slope, nothing = limits[0] * one, 1.0 / ((limits[1] - limits[0]) * one), -limits[0] / (limits[1] - limits[0])
    for row in range(number.shape[0]):
        found = (number[row] - low) * slope
        found = nothing if np.isnan(found) else found
        found = found if found > severity[row] else severity[row]
        severity[row] = found if found < 1.0 else 1.0


@njit
def _hours(value, hour):  # type: ignore[no-untyped-def]
    """Mean and standard deviation (ddof = 1) of each hour of the day; NaN deviation where nothing varied."""
    count, mean, square = np.zeros(_HOURS), np.zeros(_HOURS), np.zeros(_HOURS)
    for row in range(value.shape[0]):
        if not np.isnan(value[row]):
            count[hour[row]] += 1.0
            mean[hour[row]] += value[row]
    mean /= np.maximum(count, 1.0)
    for row in range(value.shape[0]):
        if not np.isnan(value[row]):
            square[hour[row]] += (value[row] - mean[hour[row]]) ** 2
    spread = np.sqrt(square / np.maximum(count - 1.0, 1.0))
    for place in range(_HOURS):
        if spread[place] <= 1e-9 * abs(mean[place]):
            spread[place] = np.nan
    return mean, spread


@njit
def _distances(value, table, spread, z):  # type: ignore[no-untyped-def]
    """Write each row's deviation over its window (ddof = 1), and how many of them it lies from the window's mean."""
    count, mean, m2 = table
    for row in range(value.shape[0]):
        spread[row] = np.sqrt(m2[row] * (count[row] / (count[row] - 1.0)))
        z[row] = abs(value[row] - mean[row]) / (np.inf if spread[row] == 0.0 else spread[row])


@njit
def _context(value, hour, usual, usual_spread, out):  # type: ignore[no-untyped-def]
    for row in range(value.shape[0]):
        out[row] = abs(value[row] - usual[hour[row]]) / usual_spread[hour[row]]


@njit
def _stillness(run, spread, calm, out):  # type: ignore[no-untyped-def]
    for row in range(run.shape[0]):
        out[row] = run[row] if spread[row] < calm else 0.0


@njit
def _unit(position, fresh, value, hour, width, needs, limits, factor, table, work, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    size = value.shape[0]
    every, suffixes, spread, z = (
        np.ones(size, dtype=np.bool_),
        np.empty((3, 2 * width + 1)),
        work[0][:size],
        work[1][:size],
    )
    run, leap, number = work[2][:size], work[3][:size], work[4][:size]
    fold_two(position, fresh, value, every, 0, width, needs[0], suffixes, table)
    _distances(value, table, spread, z)
    fold_two(position, fresh, z, every, 0, 2 * width, needs[1], suffixes, table)
    mean_z = table[1]
    unchanged(position, fresh, value, every, width, needs[0], run)
    reversal(position, fresh, value, every, width, needs[0], leap)
    typical = np.nanmedian(np.where(np.isnan(value), np.nan, spread))
    typical = typical if typical > 0.0 else np.nan
    usual, usual_spread = _hours(value, hour)
    for start in range(0, size, _CACHED):
        rows = slice(start, min(start + _CACHED, size))
        point, collective, contextual, fault = out[0][rows], out[1][rows], out[2][rows], out[3][rows]
        point[:], collective[:], contextual[:], fault[:] = 0.0, 0.0, 0.0, 0.0
        _context(value[rows], hour[rows], usual, usual_spread, number[rows])
        _raise(contextual, number[rows], limits[2], 1.0)
        _stillness(run[rows], spread[rows], factor * typical, number[rows])
        _raise(point, z[rows], limits[0], 1.0)
        _raise(collective, mean_z[rows], limits[1], 1.0)
        _raise(fault, number[rows], limits[3], 1.0)
        _raise(fault, leap[rows], limits[4], typical)
        _raise(fault, spread[rows], limits[5], typical)
        severity = out[4][rows]
        for row in range(point.shape[0]):
            severity[row] = max(point[row], collective[row], contextual[row], fault[row])


@compiled(
    _GRID, _MASK, _FLOATS, types.int64, types.int64, types.Array(types.int64, 1, "C"), _TABLE, types.float64, _OUT
)
def judge(position, fresh, value, step, width, needs, limits, factor, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write point, collective, contextual, sensor_fault and severity of every row, (rows,) each; return the units.

    Parameters
    ----------
    position : (rows,) place on the sampling grid, ascending within a unit.
    fresh : (rows,) whether a unit begins here.
    value : (rows,) NaN where missing.
    step : of the grid, in microseconds.
    width : grid instants of a window.
    needs : (2,) readings that one window and that two of them need.
    limits : (6, 2) low and high of point, collective, contextual, stuck, spike, noise.
    factor : deviation below which a sensor may be stuck, in typical ones.
    """
    starts = np.append(np.flatnonzero(fresh), value.shape[0])
    longest = np.diff(starts).max() if len(starts) > 1 else 0
    table, work = np.empty((3, longest)), np.empty((5, longest))  # once: memory that is new costs as much as the sums
    for number in range(starts.shape[0] - 1):
        rows = slice(starts[number], starts[number + 1])
        hour = (position[rows] * step // HOUR) % _HOURS
        own = (out[0][rows], out[1][rows], out[2][rows], out[3][rows], out[4][rows])
        _unit(position[rows], fresh[rows], value[rows], hour, width, needs, limits, factor, table, work, own)
    return starts.shape[0] - 1
