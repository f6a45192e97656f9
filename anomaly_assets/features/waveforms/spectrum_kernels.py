"""Sums over the bins of spectra, compiled; importing this module imports numba.

A spectrum's numbers come from its own row alone, to the last bit, whatever stands in the others. Frequencies are
counted in bins; what a bin is in Hz is told in windows.py.
"""

import numpy as np
from numba import njit, types

from ..compiling import compiled

_ROWS = types.Array(types.float64, 2, "C")
_COLUMN = types.Array(types.float64, 1, "C")
_INT, _FLOAT = types.int64, types.float64


@compiled(_ROWS, _INT, _FLOAT, _ROWS)
def tapered_power(transform, window, scale, power):  # type: ignore[no-untyped-def]
    """Write scale x the squared magnitude of the one-sided transform of the windows times a periodic Hann taper.

    The taper 1/2 - cos(2 pi t / window) / 2 is a difference of neighbours in frequency: half of a bin less a quarter of
    either neighbour. All bins but the first and that of half the sampling rate stand for two.

    Parameters
    ----------
    transform : (rows, 2 bins), real and imaginary parts of the windows' transform in turn; bins = window // 2 + 1.
    power : (rows, bins).
    """
    rows, bins = power.shape
    last = bins - 1
    for row in range(rows):
        z, out = transform[row], power[row]
        for k in range(1, last):
            real = 0.5 * z[2 * k] - 0.25 * (z[2 * k - 2] + z[2 * k + 2])
            imaginary = 0.5 * z[2 * k + 1] - 0.25 * (z[2 * k - 1] + z[2 * k + 3])
            out[k] = 2 * scale * (real * real + imaginary * imaginary)
        out[0] = scale * (0.5 * (z[0] - z[2])) ** 2
        if window % 2:
            real = 0.25 * (z[2 * last] - z[2 * last - 2])
            imaginary = 0.75 * z[2 * last + 1] - 0.25 * z[2 * last - 1]
            out[last] = 2 * scale * (real * real + imaginary * imaginary)
        else:
            out[last] = scale * (0.5 * (z[2 * last] - z[2 * last - 2])) ** 2


@njit
def _between(power, window, low, high):  # type: ignore[no-untyped-def]
    """Sum a spectrum from `low` to `high` (in bins); a bin counts by the share of its cell, k - 1/2 to k + 1/2."""
    low, high = max(low, 0.0), min(high, window / 2)
    if low >= high:
        return 0.0
    last = power.shape[0] - 1
    first, end = min(int(low + 0.5), last), min(int(high + 0.5), last)
    total = 0.0
    for k in range(first + 1, end):
        total += power[k]
    for k in range(first, end + 1, max(end - first, 1)):
        cell_low, cell_high = max(k - 0.5, 0.0), min(k + 0.5, window / 2)
        total += power[k] * (min(high, cell_high) - max(low, cell_low)) / (cell_high - cell_low)
    return total


@compiled(_ROWS, _INT, _FLOAT, _FLOAT, _COLUMN)
def band(power, window, low, high, out):  # type: ignore[no-untyped-def]
    """Sum every spectrum of power (rows, bins) between two frequencies, in bins."""
    for row in range(power.shape[0]):
        out[row] = _between(power[row], window, low, high)


@compiled(_ROWS, _INT, _COLUMN, types.Array(types.int64, 1, "C"), _FLOAT, _COLUMN)
def harmonics(power, window, base, multiples, tolerance, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Sum every spectrum around those multiples (count,) of its own frequency base (rows,), in bins.

    Around is within `tolerance` x the multiple, and within half a bin at least; what lies in two surroundings counts
    once, the bin of frequency 0 never. A multiple beyond half the sampling rate is left out. A frequency below one bin
    can't be told from standing still, and has no value, nor has one of which no multiple can be seen.
    """
    for row in range(power.shape[0]):
        taken, total = 0.5, 0.0
        for multiple in multiples:
            place = multiple * base[row]
            if place <= window / 2:
                reach = max(0.5, tolerance * place)
                total += _between(power[row], window, max(place - reach, taken), place + reach)
                taken = place + reach
        out[row] = total if 1.0 <= base[row] <= window / 2 else np.nan


@compiled(_ROWS, _ROWS, reorder=True)
def shape(power, sums):  # type: ignore[no-untyped-def]
    """Write the moments of every spectrum over its bins, as of a distribution; the bin of frequency 0 is left out.

    Parameters
    ----------
    power : (rows, bins).
    sums : (rows, 5): total, mean bin, second and fourth central moment in bins, and the bin of the largest power, the
        lowest of equals. NaN but for the total where there is no power.
    """
    bins = power.shape[1]
    for row in range(power.shape[0]):
        total, first, largest, place = 0.0, 0.0, 0.0, 0
        for k in range(1, bins):
            p = power[row, k]
            total, first = total + p, first + k * p
        for k in range(1, bins):
            if power[row, k] > largest:
                largest, place = power[row, k], k
        mean, m2, m4 = first / total, 0.0, 0.0
        for k in range(1, bins):
            square = (k - mean) ** 2
            m2, m4 = m2 + square * power[row, k], m4 + square * square * power[row, k]
        sums[row, 0], sums[row, 1], sums[row, 2], sums[row, 3] = total, mean, m2 / total, m4 / total
        sums[row, 4] = place if total > 0 else np.nan


@compiled(_ROWS, _ROWS, _ROWS, reorder=True)
def disorder(power, logarithms, sums):  # type: ignore[no-untyped-def]
    """Write entropy and flatness of every spectrum; the bin of frequency 0 is left out.

    Parameters
    ----------
    power, logarithms : (rows, bins), a spectrum and its natural logarithm.
    sums : (rows, 2): the entropy of the spectrum as a distribution over its bins, as a share of the largest there is;
        its geometric mean over its arithmetic mean.
    """
    bins = power.shape[1]
    for row in range(power.shape[0]):
        total, logs, weighed = 0.0, 0.0, 0.0
        for k in range(1, bins):
            p, log = power[row, k], logarithms[row, k]
            total, logs = total + p, logs + log
            weighed += p * log if p > 0 else 0.0
        sums[row, 0] = (np.log(total) - weighed / total) / np.log(bins - 1)
        sums[row, 1] = np.exp(logs / (bins - 1)) * (bins - 1) / total
