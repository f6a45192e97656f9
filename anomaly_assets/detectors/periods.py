"""The dominant period of a series, for whoever chooses how many steps a detector of shapes looks at.

Detectors themselves don't call this: their ``steps`` are fixed when they are constructed.
"""

import numpy as np
from numpy.typing import NDArray

from .location import CONSTANT


def period_of(
    series: NDArray[np.float64],
    *,
    shortest: int = 8,
    longest: int = 400,
    least: float = 0.2,
    tolerance: float = 0.1,
) -> int | None:
    """Find the period of a series by its autocorrelation; half of it serves well as the ``steps`` of a detector.

    Parameters
    ----------
    series : (n_steps,) one sensor at even steps, NaN where it said nothing.
    shortest, longest : periods in steps that are looked for; never more than a third of the series.
    least : autocorrelation below which nothing counts as a period.
    tolerance : a peak must stand out by this from the lowest value before it, so that the ripples of a slow series are
        no peaks; the first counts that lies no more than this below the highest, so that a period is preferred to its
        multiples.

    Returns
    -------
    Steps, or None where the series is too short, constant or without a rhythm.

    References
    ----------
    Box, G. E. P. and Jenkins, G. M. (1970). Time Series Analysis: Forecasting and Control, chapter 2.
    """
    known = np.isfinite(series)
    longest = min(longest, len(series) // 3)
    if longest <= shortest or not known.any():
        return None
    lags = _autocorrelation(series, known, longest + 2)
    lowest = np.minimum.accumulate(lags)
    peaks = [
        lag
        for lag in range(shortest, longest + 1)
        if lags[lag] >= max(lags[lag - 1], lags[lag + 1], least) and lags[lag] > lowest[lag] + tolerance
    ]
    if not peaks:
        return None
    highest = max(lags[lag] for lag in peaks)
    return next(lag for lag in peaks if lags[lag] >= highest - tolerance)


def _autocorrelation(series: NDArray[np.float64], known: NDArray[np.bool_], lags: int) -> NDArray[np.float64]:
    """Autocorrelation at 0, 1, ... ``lags`` - 1 steps, each over the pairs that are known; zeros for a constant."""
    unit = float(np.abs(series[known]).max()) or 1.0
    centred = series / unit - (series[known] / unit).mean()
    products = _products(np.where(known, centred, 0.0), lags) / np.maximum(_products(known.astype(float), lags), 0.5)
    return products / products[0] if products[0] > CONSTANT**2 else np.zeros(lags)


def _products(values: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Sum of the products of all values with those 0, 1, ... ``lags`` - 1 steps later."""
    spectrum = np.fft.rfft(values, 2 * len(values))
    return np.fft.irfft(spectrum * np.conj(spectrum))[:lags]
