"""Sums over windows of samples, compiled; importing this module imports numba.

A window's numbers come from its own row alone, to the last bit, whatever stands in the others. No indicator is named
here; frequencies are counted in bins.
"""

import numpy as np
from numba import njit, types

from ..compiling import compiled

_ROWS = types.Array(types.float64, 2, "C")
_COLUMN = types.Array(types.float64, 1, "C")
_STRETCH = 32  # samples that are projected at once, before the sine is turned on


@njit(fastmath=False)  # said, for numba would take it from the caller
def _less(x, first, share):  # type: ignore[no-untyped-def]
    """What is left of x, in this order whatever may be reordered around it."""
    return (x - first) - share


@compiled(_ROWS, _ROWS, reorder=True)
def centre(samples, sums):  # type: ignore[no-untyped-def]
    """Take each window's mean out of it, in place, and write its sums.

    Parameters
    ----------
    samples : (rows, window); a window with a sample that is no finite number becomes 0 throughout.
    sums : (rows, 5): mean, second to fourth central moment, mean magnitude; NaN for such a window. All about its first
        sample until the mean is known, so that what stands still moves exactly 0.
    """
    rows, window = samples.shape
    for row in range(rows):
        first, total, size = samples[row, 0], 0.0, 0.0
        for k in range(window):
            x = samples[row, k]
            total += _less(x, first, 0.0)
            size += abs(x)
        if not np.isfinite(total) or not np.isfinite(size):
            sums[row, :], samples[row, :] = np.nan, 0.0
            continue
        share = total / window
        m2, m3, m4 = 0.0, 0.0, 0.0
        for k in range(window):
            e = _less(samples[row, k], first, share)
            square = e * e
            m2, m3, m4 = m2 + square, m3 + square * e, m4 + square * square
            samples[row, k] = e
        sums[row, 0], sums[row, 1], sums[row, 2], sums[row, 3] = first + share, m2 / window, m3 / window, m4 / window
        sums[row, 4] = size / window


@compiled(_ROWS, _ROWS)
def squared(signal, out):  # type: ignore[no-untyped-def]
    """Write the squared magnitude of complex signals (rows, 2 window), real and imaginary parts in turn."""
    for row in range(out.shape[0]):
        for k in range(out.shape[1]):
            real, imaginary = signal[row, 2 * k], signal[row, 2 * k + 1]
            out[row, k] = real * real + imaginary * imaginary


@compiled(_ROWS, _COLUMN, _COLUMN, _COLUMN, reorder=True)
def amplitude(moved, taper, base, out):  # type: ignore[no-untyped-def]
    """Write the amplitude of a sine of frequency base (rows,), in bins, in every window, moved (rows, window).

    The projection on that very frequency under Hann's taper (window,), so that steady neighbours two bins away don't
    count. Without value where the frequency is below one bin or beyond half the sampling rate.
    """
    window, cosines, sines = moved.shape[1], np.empty(_STRETCH), np.empty(_STRETCH)
    for row in range(moved.shape[0]):
        angle = -2 * np.pi * base[row] / window
        for k in range(_STRETCH):
            cosines[k], sines[k] = np.cos(k * angle), np.sin(k * angle)
        turn, place, total = np.exp(1j * _STRETCH * angle), 1.0 + 0.0j, 0.0 + 0.0j
        for start in range(0, window, _STRETCH):
            real, imaginary = 0.0, 0.0
            for k in range(min(_STRETCH, window - start)):
                x = moved[row, start + k] * taper[start + k]
                real, imaginary = real + x * cosines[k], imaginary + x * sines[k]
            total, place = total + place * complex(real, imaginary), place * turn
        out[row] = 4 * abs(total) / window if 1.0 <= base[row] <= window / 2 else np.nan
