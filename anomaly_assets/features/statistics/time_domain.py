"""Statistics of the readings' values, whatever their order in the window; spectra are frequency_domain.py.

x are the readings present in the window (t - length, t], n their number, m_k = sum((x - mean)**k) / n.
"""

import numpy as np

from ..moments import FloatArray, Moments, TwoMoments


def mean(two_moments: TwoMoments) -> FloatArray:
    """Arithmetic mean."""
    return two_moments.mean


def std(two_moments: TwoMoments) -> FloatArray:
    """Standard deviation of a sample (ddof = 1): sqrt(sum((x - mean)**2) / (n - 1)); no value for a single reading."""
    return two_moments.spread


def min_(moments: Moments) -> FloatArray:
    """Smallest reading."""
    return moments.low


def max_(moments: Moments) -> FloatArray:
    """Largest reading."""
    return moments.high


def rms(two_moments: TwoMoments) -> FloatArray:
    """Root mean square, sqrt(sum(x**2) / n), from mean and m2 so that nothing is subtracted."""
    return np.sqrt(two_moments.mean * two_moments.mean + two_moments.m2)


def peak(moments: Moments) -> FloatArray:
    """Largest magnitude, max(|x|)."""
    return np.maximum(np.abs(moments.low), np.abs(moments.high))


def crest_factor(moments: Moments) -> FloatArray:
    """Peak over rms; no value where every reading is 0."""
    return peak(moments) / rms(moments)


def skewness(moments: Moments) -> FloatArray:
    """Skewness, biased (Fisher-Pearson g1 = m3 / m2**1.5), scipy's and polars' default; no value without variation."""
    return moments.m3 / (moments.m2 * np.sqrt(moments.m2))


def kurtosis(moments: Moments) -> FloatArray:
    """Excess kurtosis, biased (Fisher g2 = m4 / m2**2 - 3), scipy's and polars' default; no value without variation."""
    return moments.m4 / (moments.m2 * moments.m2) - 3.0


def z(two_moments: TwoMoments) -> FloatArray:
    """Distance of the window's last reading from its mean in standard deviations (ddof = 1).

    0 where the window has no variation, for the last reading then is like all others; no value where the reading at
    the window's instant is missing or is the only one.
    """
    spread = np.where(two_moments.spread == 0, np.inf, two_moments.spread)
    return (two_moments.last - two_moments.mean) / spread
