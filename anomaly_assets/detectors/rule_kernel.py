"""The arithmetic of rule_severity.py, compiled, row by row; importing this module imports numba."""

import numpy as np
from numba import njit

from .columns import LIMIT
from .compiled import compiled

_HOURS = 24
POINT, COLLECTIVE, CONTEXTUAL, SPREAD, UNCHANGED, REVERSAL, IMPOSSIBLE = range(7)


@njit
def _ramp(number, limits):  # type: ignore[no-untyped-def]
    if np.isnan(number):
        number = 0.0
    return min(max((number - limits[0]) / (limits[1] - limits[0]), -LIMIT), LIMIT)


@compiled
def severities(matrix, places, center, scale, typical, ease, limits, factor, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the unclipped severity of each window, sensor and kind, (n_windows, n_sensors, 4).

    Parameters
    ----------
    matrix : (n_windows, n_columns) unit, days since 1970, features; NaN where missing.
    places : (n_sensors, 7) columns of each sensor's point, collective, contextual, spread, unchanged, reversal and
        impossible; -1 for a rule that is left out.
    center, scale, typical, ease : what was learnt.
    limits : (7, 2) of point, collective, contextual, stuck, spike, noise and impossible.
    factor : deviation below which a sensor may be stuck, in typical ones.
    """
    read = np.empty(7)
    for row in range(matrix.shape[0]):
        unit = int(matrix[row, 0])
        hour = (int(np.rint(matrix[row, 1] * 86_400.0)) // 3600) % _HOURS
        for sensor in range(places.shape[0]):
            for rule in range(7):
                place = places[sensor, rule]
                read[rule] = matrix[row, place] if place >= 0 else np.nan
            usual = typical[unit, sensor]
            distance = abs(read[CONTEXTUAL] - center[unit, hour, sensor]) / scale[unit, hour, sensor]
            still = read[UNCHANGED] if read[SPREAD] < factor * usual else 0.0
            eased = ease[unit, sensor]
            out[row, sensor, 0] = _ramp(abs(read[POINT]) / eased[0], limits[0])
            out[row, sensor, 1] = _ramp(read[COLLECTIVE] / eased[1], limits[1])
            out[row, sensor, 2] = _ramp(distance / eased[2], limits[2])
            fault = max(_ramp(still / eased[3], limits[3]), _ramp(read[REVERSAL] / usual / eased[4], limits[4]))
            fault = max(fault, _ramp(read[SPREAD] / usual / eased[5], limits[5]))
            out[row, sensor, 3] = max(fault, _ramp(read[IMPOSSIBLE] / eased[6], limits[6]))
    return matrix.shape[0]
