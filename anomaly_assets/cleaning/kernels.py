"""Compiled loops over sensors' readings; each verdict depends on its own trailing window and nothing else.

Import inside functions: numba takes a moment to load. Rows are sorted by unit and strictly ascending in time
(microseconds since the epoch) within a unit. What judges one sensor takes arrays (n_readings,) without missing ones;
what treats each takes readings (n_sensors, n_rows), NaN where one is missing.
"""

# ruff: noqa: PLR0917  (compiled functions take their arguments by position)

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _add(count, mean, spread, value):  # type: ignore[no-untyped-def]
    """One reading more: number, mean and sum of squared deviations (Welford 1962)."""
    change = value - mean
    mean += change / (count + 1)
    return count + 1, mean, spread + change * (value - mean)


@njit(cache=True, nogil=True)
def _suffixes(value, first, end, count, mean, spread):  # type: ignore[no-untyped-def]
    """Write, for every i in first..end, the statistics of value[i:end]."""
    n, m, s = 0, 0.0, 0.0
    for i in range(end - 1, first - 1, -1):
        n, m, s = _add(n, m, s, value[i])
        count[i], mean[i], spread[i] = n, m, s


@njit(cache=True, nogil=True)
def far_from_past(unit, time, value, window, sigmas, min_readings):  # type: ignore[no-untyped-def]
    """Whether |value - mean| > sigmas x std over the readings of [time - window, time).

    Time is cut into blocks of one window on the absolute grid. A trailing window is the end of one block and the
    beginning of the next: two sums that are only ever added to (van Herk 1992) and merged (Chan et al. 1979). Nothing
    is subtracted, so a spike that left the window leaves no trace, and the result doesn't depend on where the array
    starts. std is the sample standard deviation (n - 1).
    """
    size = len(value)
    far = np.zeros(size, dtype=np.bool_)
    count, mean, spread = np.zeros(size, dtype=np.int64), np.zeros(size), np.zeros(size)
    block_first, tail, tail_end = 0, 0, 0
    n, m, s = 0, 0.0, 0.0
    for i in range(size):
        block = time[i] // window
        if i == 0 or unit[i] != unit[i - 1] or block != time[i - 1] // window:
            tail = tail_end = i
            if i > 0 and unit[i] == unit[i - 1] and block == time[i - 1] // window + 1:
                tail = block_first
                _suffixes(value, tail, tail_end, count, mean, spread)
            block_first = i
            n, m, s = 0, 0.0, 0.0
        while tail < tail_end and time[tail] < time[i] - window:
            tail += 1
        number, centre, squares = n, m, s
        if tail < tail_end:
            number = n + count[tail]
            apart = m - mean[tail] if n > 0 else 0.0
            centre = mean[tail] + apart * n / number
            squares = s + spread[tail] + apart * apart * n * count[tail] / number
        if number >= min_readings:
            far[i] = abs(value[i] - centre) > sigmas * np.sqrt(squares / (number - 1))
        n, m, s = _add(n, m, s, value[i])
    return far


@njit(cache=True, nogil=True)
def unchanged(unit, time, value, longer_than, tolerance, silence):  # type: ignore[no-untyped-def]
    """Whether the readings of more than ``longer_than`` up to this one lie within ``tolerance`` of each other.

    A silence longer than ``silence`` ends the run. Two monotone queues hold the run's running maximum and minimum.
    """
    size = len(value)
    stuck = np.zeros(size, dtype=np.bool_)
    highest, lowest = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    first = high = high_end = low = low_end = 0
    for i in range(size):
        if i > 0 and (unit[i] != unit[i - 1] or time[i] - time[i - 1] > silence):
            first, high, high_end, low, low_end = i, 0, 0, 0, 0
        while high_end > high and value[highest[high_end - 1]] <= value[i]:
            high_end -= 1
        while low_end > low and value[lowest[low_end - 1]] >= value[i]:
            low_end -= 1
        highest[high_end], lowest[low_end] = i, i
        high_end, low_end = high_end + 1, low_end + 1
        while value[highest[high]] - value[lowest[low]] > tolerance:
            first = min(highest[high], lowest[low]) + 1
            high += highest[high] < first
            low += lowest[low] < first
        stuck[i] = time[i] - time[first] > longer_than
    return stuck


@njit(cache=True, nogil=True)
def each_far_from_past(unit, time, readings, judged, window, sigmas, min_readings):  # type: ignore[no-untyped-def]
    """`far_from_past` of each sensor that is judged, (n_sensors, n_rows)."""
    far = np.zeros(readings.shape, dtype=np.bool_)
    for sensor in np.flatnonzero(judged):
        said = np.flatnonzero(~np.isnan(readings[sensor]))
        verdict = far_from_past(unit[said], time[said], readings[sensor][said], window, sigmas, min_readings)
        for place in range(said.size):
            far[sensor, said[place]] = verdict[place]
    return far


@njit(cache=True, nogil=True)
def each_unchanged(unit, time, readings, judged, longer_than, tolerance, silence):  # type: ignore[no-untyped-def]
    """`unchanged` of each sensor that is judged, (n_sensors, n_rows)."""
    stuck = np.zeros(readings.shape, dtype=np.bool_)
    for sensor in np.flatnonzero(judged):
        said = np.flatnonzero(~np.isnan(readings[sensor]))
        verdict = unchanged(unit[said], time[said], readings[sensor][said], longer_than, tolerance, silence)
        for place in range(said.size):
            stuck[sensor, said[place]] = verdict[place]
    return stuck


@njit(cache=True, nogil=True)
def mark_first(unit, time, readings, quality, bridged, bit):  # type: ignore[no-untyped-def]
    """Set a bit on each sensor's first reading of a unit, and on those more than ``bridged`` after the one before."""
    for sensor in range(readings.shape[0]):
        before = -1
        for row in range(readings.shape[1]):
            if np.isnan(readings[sensor, row]):
                continue
            if before < 0 or unit[before] != unit[row] or time[row] - time[before] > bridged:
                quality[sensor, row] |= bit
            before = row


@njit(cache=True, nogil=True)
def carry(unit, time, readings, quality, limit, bit):  # type: ignore[no-untyped-def]
    """Fill what a sensor does not say with its last reading of the unit, at most ``limit`` old; set a bit there."""
    for sensor in range(readings.shape[0]):
        last = -1
        for row in range(readings.shape[1]):
            if not np.isnan(readings[sensor, row]):
                last = row
            elif last >= 0 and unit[last] == unit[row] and time[row] - time[last] <= limit:
                readings[sensor, row] = readings[sensor, last]
                quality[sensor, row] |= bit
