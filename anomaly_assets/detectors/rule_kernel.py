"""The arithmetic of rule_severity.py, compiled, rule by rule; importing this module imports numba.

Loops go over the windows of one unit and do the same to each, so that several are done at once; none looks at another.
"""

import numpy as np
from numba import njit

from .columns import LIMIT
from .compiled import compiled

_HOURS, _KINDS = 24, 4
POINT, COLLECTIVE, CONTEXTUAL, SPREAD, UNCHANGED, REVERSAL, IMPOSSIBLE = range(7)


@njit
def _write_hours(days, hour):  # type: ignore[no-untyped-def]
    for row in range(days.shape[0]):
        hours = np.floor(np.rint(days[row] * 86_400.0) / 3600.0)
        hour[row] = int(hours - _HOURS * np.floor(hours / _HOURS))


@njit
def _write_distances(value, hour, center, scale, out):  # type: ignore[no-untyped-def]
    for row in range(value.shape[0]):
        out[row] = abs(value[row] - center[hour[row]]) / scale[hour[row]]


@njit
def _write_stillness(unchanged, spread, calm, out):  # type: ignore[no-untyped-def]
    for row in range(spread.shape[0]):
        out[row] = unchanged[row] if spread[row] < calm else 0.0


@njit
def _raise(severity, number, limits, one):  # type: ignore[no-untyped-def]
    """Raise severities to what a rule says: 0 at ``low`` x ``one``, 1 at ``high`` x ``one``; no number counts as 0."""
    low, high = limits
    floor, slope, nothing = low * one, 1.0 / ((high - low) * one), -low / (high - low)
    for row in range(number.shape[0]):
        found = (number[row] - floor) * slope
        found = nothing if np.isnan(found) else min(found, LIMIT)
        severity[row] = max(severity[row], found)


@njit
def _judge_sensor(table, at, hour, center, scale, typical, ease, limits, factor, absent, number, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    out[:] = -LIMIT
    spread = table[at[SPREAD]] if at[SPREAD] >= 0 else absent
    number[:] = np.abs(table[at[POINT]] if at[POINT] >= 0 else absent)
    _raise(out[0], number, limits[0], ease[0])
    _raise(out[1], table[at[COLLECTIVE]] if at[COLLECTIVE] >= 0 else absent, limits[1], ease[1])
    _write_distances(table[at[CONTEXTUAL]] if at[CONTEXTUAL] >= 0 else absent, hour, center, scale, number)
    _raise(out[2], number, limits[2], ease[2])
    _write_stillness(table[at[UNCHANGED]] if at[UNCHANGED] >= 0 else absent, spread, factor * typical, number)
    _raise(out[3], number, limits[3], ease[3])
    _raise(out[3], table[at[REVERSAL]] if at[REVERSAL] >= 0 else absent, limits[4], ease[4] * typical)
    _raise(out[3], spread, limits[5], ease[5] * typical)
    _raise(out[3], table[at[IMPOSSIBLE]] if at[IMPOSSIBLE] >= 0 else absent, limits[6], ease[6])


@compiled
def judge(table, places, center, scale, typical, ease, limits, factor, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the unclipped severity of each sensor, kind and window, (n_sensors, 4, n_windows).

    Parameters
    ----------
    table : (n_columns, n_windows) unit, days since 1970, features; NaN where missing.
    places : (n_sensors, 7) columns of each sensor's point, collective, contextual, spread, unchanged, reversal and
        impossible; -1 for a rule that is left out.
    center, scale, typical, ease : what was learnt.
    limits : (7, 2) of point, collective, contextual, stuck, spike, noise and impossible.
    factor : deviation below which a sensor may be stuck, in typical ones.
    """
    windows, start = table.shape[1], 0
    hour, number, absent = np.empty(windows, dtype=np.int64), np.empty(windows), np.full(windows, np.nan)
    _write_hours(table[1], hour)
    while start < windows:
        unit, stop = int(table[0, start]), start + 1
        while stop < windows and table[0, stop] == table[0, start]:
            stop += 1
        rows = slice(start, stop)
        for sensor in range(places.shape[0]):
            _judge_sensor(
                table[:, rows],
                places[sensor],
                hour[rows],
                center[unit, :, sensor],
                scale[unit, :, sensor],
                typical[unit, sensor],
                ease[unit, sensor],
                limits,
                factor,
                absent[rows],
                number[rows],
                out[sensor, :, rows],
            )
        start = stop
    return windows


@njit
def _keep_larger(number, largest):  # type: ignore[no-untyped-def]
    for row in range(number.shape[0]):
        largest[row] = max(number[row], largest[row])


@njit
def _show(severity, better, kind, top):  # type: ignore[no-untyped-def]
    for row in range(severity.shape[0]):
        shown = min(max(severity[row], 0.0), 1.0)
        kind[row], top[row] = max(kind[row], shown), shown if better[row] else top[row]


@compiled
def tell(severity, order, enough, score, kinds, named):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write what is told of each window, from severities as `judge` writes them; return the number of windows.

    Parameters
    ----------
    order : (4,) kinds, those that explain others first.
    enough : share of the largest severity, from 0 to 1, that suffices to be named.
    score : (n_windows,) the largest.
    kinds : (4, n_windows) the largest of each over sensors, from 0 to 1.
    named : (n_windows,) place in ``order`` of the first kind that is severe enough, of the sensor that the score comes
        from.
    """
    windows = score.shape[0]
    top, best = np.empty((_KINDS, windows)), np.empty(windows)
    score[:], kinds[:] = -np.inf, 0.0
    for sensor in range(severity.shape[0]):
        before = score.copy()
        for kind in range(_KINDS):
            _keep_larger(severity[sensor, kind], score)
        for kind in range(_KINDS):
            _show(severity[sensor, kind], score > before, kinds[kind], top[kind])
    best[:] = 0.0
    for kind in range(_KINDS):
        _keep_larger(top[kind], best)
    for place in range(_KINDS - 1, -1, -1):
        own = top[order[place]]
        for row in range(windows):
            named[row] = place if own[row] >= enough * best[row] else named[row]
    return windows
