"""The usual value of every hour of the day, per unit and sensor, with less and less trust the fewer readings there are.

Which distance from it is too large is rule_severity.py's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .location import CONSTANT
from .seasons import hour_of_week

HOURS = 24
Floats = NDArray[np.float64]


class HourlyBaseline(NamedTuple):
    """Middle and spread of each unit's hours, those of all units together in the last row.

    Attributes
    ----------
    center : (n_units + 1, 24, n_sensors) means, NaN where nothing was heard.
    scale : (n_units + 1, 24, n_sensors) standard deviations (ddof = 1), NaN where nothing ever varied.
    """

    center: Floats
    scale: Floats


def hour_of_day(days: Floats) -> NDArray[np.int64]:
    """Hour of the day in UTC, 0 to 23, of moments in days since 1970."""
    return hour_of_week(days) % HOURS


def learn_hours(values: Floats, days: Floats, unit: NDArray[np.int64], units: int, min_rows: int) -> HourlyBaseline:
    """Learn from windows.

    An hour with less than ``min_rows`` readings is drawn towards its unit's baseline of all hours, in proportion to
    what is lacking, and a unit with less towards that of all units. What never varied takes the spread of the next
    larger group.

    Parameters
    ----------
    values : (n_windows, n_sensors), NaN where missing.
    days : (n_windows,) days since 1970.
    unit : (n_windows,) from 0.
    units : their number.
    min_rows : readings from which on a group stands for itself.
    """
    own = tuple(
        part.reshape(units, HOURS, -1) for part in _moments(values, unit * HOURS + hour_of_day(days), units * HOURS)
    )
    fleet = _joined(own, (0, 1))
    fleets_hours = _drawn(_joined(own, (0,)), fleet, min_rows)
    hours = _drawn(own, _drawn(_joined(own, (1,)), fleet, min_rows), min_rows)
    both = [np.concatenate(pair) for pair in zip(hours, fleets_hours, strict=True)]
    return HourlyBaseline(both[1], np.where(both[2] > 0, np.sqrt(both[2]), np.nan))


def _joined(parts: tuple[Floats, ...], axes: tuple[int, ...]) -> tuple[Floats, ...]:
    """Count, mean and variance of groups that are made of smaller ones along axes; these stay, of length 1."""
    count, mean, variance = parts
    n = count.sum(axis=axes, keepdims=True)
    m = (count * mean).sum(axis=axes, keepdims=True) / np.maximum(n, 1)
    squares = np.maximum(count - 1, 0) * variance + count * (mean - m) ** 2
    return n, m, _varying(squares.sum(axis=axes, keepdims=True) / np.maximum(n - 1, 1), m)


def _varying(variance: Floats, mean: Floats) -> Floats:
    return np.where(variance > (CONSTANT * mean) ** 2, variance, 0.0)


def _moments(values: Floats, group: NDArray[np.int64], groups: int) -> tuple[Floats, ...]:
    """Count, mean and variance (ddof = 1) of each group, (n_groups, n_sensors); 0 where there are none."""
    count, mean, variance = (np.zeros((groups, values.shape[1])) for _ in range(3))
    for place, column in enumerate(values.T):
        known = np.isfinite(column)
        x, of = column[known], group[known]
        n = np.bincount(of, minlength=groups)
        m = np.bincount(of, x, groups) / np.maximum(n, 1)
        v = np.bincount(of, (x - m[of]) ** 2, groups) / np.maximum(n - 1, 1)
        count[:, place], mean[:, place] = n, m
        variance[:, place] = _varying(v, m)
    return count, mean, variance


def _drawn(own: tuple[Floats, ...], larger: tuple[Floats, ...], min_rows: int) -> tuple[Floats, ...]:
    """Draw groups towards the larger ones that they are part of."""
    trust = np.minimum(own[0] / min_rows, 1.0)
    mean = np.where(own[0] > 0, trust * own[1] + (1 - trust) * larger[1], larger[1])
    variance = trust * own[2] + (1 - trust) * larger[2]
    return own[0], mean, np.where(variance > 0, variance, larger[2])
