"""The loops of whole_series.py, compiled, one unit after the other; importing this module imports numba."""

import numpy as np
from numba import njit, types

from ..compiling import compiled
from ..sequence_kernels import reversal, unchanged

_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_GRID = types.Array(types.int64, 1, "C", readonly=True)
_MASK = types.Array(types.boolean, 1, "C", readonly=True)
_TABLE = types.Array(types.float64, 2, "C")
_HOURS, HOUR, _CACHED = 24, 3_600_000_000, 4096
EPSILON = float(np.finfo(np.float64).eps)


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
def _windows(position, value, width, need, mean, spread):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write mean and standard deviation (ddof = 1) of the trailing window of every row of a unit.

    A window is the end of one block of the grid and the beginning of the next, as in `kernels`, with fewer sums.
    """
    older, older_stop, older_block, older_centre = 0, 0, -2, 0.0
    suffixes, start, rows = np.empty((width, 3)), 0, value.shape[0]
    while start < rows:
        block, stop = position[start] // width, start
        while stop < rows and position[stop] < (block + 1) * width:
            stop += 1
        if older_block != block - 1:
            older, older_stop = start, start
        n, s1, s2, centre, begin = 0.0, 0.0, 0.0, older_centre, older
        for row in range(start, stop):
            if not np.isnan(value[row]):
                centre = value[row] if n == 0.0 else centre
                e = value[row] - centre
                n, s1, s2 = n + 1.0, s1 + e, s2 + e * e
            while begin < older_stop and position[begin] <= position[row] - width:
                begin += 1
            count, sum1, sum2 = n, s1, s2
            if begin < older_stop:
                on, o1, o2 = suffixes[begin - older]
                d = older_centre - centre
                count, sum1, sum2 = n + on, s1 + o1 + on * d, s2 + o2 + d * (2 * o1 + on * d)
            _write(row, count, sum1, sum2, centre, need, mean, spread)
        older, older_stop, older_block, start = start, stop, block, stop
        older_centre = _write_suffixes(value, older, stop, suffixes)


@njit
def _write(row, n, s1, s2, centre, need, mean, spread):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    mean[row], spread[row] = np.nan, np.nan
    if n >= need:
        m = s1 / n
        mean[row], square = centre + m, s2 - s1 * m
        if n > 1.0:
            still = square <= n * (EPSILON * mean[row]) ** 2
            spread[row] = 0.0 if still else np.sqrt(square / (n - 1.0))


@njit
def _write_suffixes(value, start, stop, suffixes):  # type: ignore[no-untyped-def]
    """Fill suffixes[r - start] with count and sums of rows r..stop; return their centre, the last reading present."""
    n, s1, s2, centre = 0.0, 0.0, 0.0, 0.0
    for row in range(stop - 1, start - 1, -1):
        if not np.isnan(value[row]):
            centre = value[row] if n == 0.0 else centre
            e = value[row] - centre
            n, s1, s2 = n + 1.0, s1 + e, s2 + e * e
        suffixes[row - start] = (n, s1, s2)
    return centre


@njit
def _distances(value, mean, spread, z):  # type: ignore[no-untyped-def]
    for row in range(value.shape[0]):
        distance = abs(value[row] - mean[row])
        z[row] = distance * 0.0 if spread[row] == 0.0 else distance / spread[row]


@njit
def _context(value, hour, usual, usual_spread, out):  # type: ignore[no-untyped-def]
    for row in range(value.shape[0]):
        out[row] = abs(value[row] - usual[hour[row]]) / usual_spread[hour[row]]


@njit
def _stillness(run, spread, calm, out):  # type: ignore[no-untyped-def]
    for row in range(run.shape[0]):
        out[row] = run[row] if spread[row] < calm else 0.0


@njit
def _unit(position, fresh, value, hour, width, needs, limits, factor, scratch, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    size = value.shape[0]
    mean, spread, z, every = scratch[0][:size], scratch[1][:size], scratch[2][:size], np.ones(size, dtype=np.bool_)
    run, leap, mean_z, number = scratch[3][:size], scratch[4][:size], scratch[5][:size], scratch[6][:size]
    _windows(position, value, width, needs[0], mean, spread)
    _distances(value, mean, spread, z)
    _windows(position, z, 2 * width, needs[1], mean_z, number)
    unchanged(position, fresh, value, every, width, needs[0], run)
    reversal(position, fresh, value, every, width, needs[0], leap)
    typical = np.nanmedian(np.where(np.isnan(value), np.nan, spread))
    typical = typical if typical > 0.0 else np.nan
    usual, usual_spread = _hours(value, hour)
    for start in range(0, size, _CACHED):
        rows = slice(start, min(start + _CACHED, size))
        point, collective, contextual, fault, severity = out[:, rows]
        out[:, rows] = 0.0
        _context(value[rows], hour[rows], usual, usual_spread, mean[rows])
        _stillness(run[rows], spread[rows], factor * typical, number[rows])
        _raise(point, z[rows], limits[0], 1.0)
        _raise(collective, mean_z[rows], limits[1], 1.0)
        _raise(contextual, mean[rows], limits[2], 1.0)
        _raise(fault, number[rows], limits[3], 1.0)
        _raise(fault, leap[rows], limits[4], typical)
        _raise(fault, spread[rows], limits[5], typical)
        for row in range(point.shape[0]):
            severity[row] = max(point[row], collective[row], contextual[row], fault[row])


@compiled(
    _GRID, _MASK, _FLOATS, types.int64, types.int64, types.Array(types.int64, 1, "C"), _TABLE, types.float64, _TABLE
)
def judge(position, fresh, value, step, width, needs, limits, factor, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write point, collective, contextual, sensor_fault and severity of every row, (5, rows); return the units.

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
    scratch = np.empty((7, np.diff(starts).max() if len(starts) > 1 else 0))
    for number in range(starts.shape[0] - 1):
        rows = slice(starts[number], starts[number + 1])
        hour = (position[rows] * step // HOUR) % _HOURS
        _unit(position[rows], fresh[rows], value[rows], hour, width, needs, limits, factor, scratch, out[:, rows])
    return starts.shape[0] - 1
