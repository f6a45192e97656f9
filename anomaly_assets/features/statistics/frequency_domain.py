"""Statistics of how fast readings vary in a window, by the spectra of waveforms/; values whatever their order are not.

For ordinary sampled sensors, whose rate is one reading per sampling step: frequencies are in cycles per step, from 0 to
1/2, so the period of a swing is step / frequency. A window of `width` steps tells frequencies 1 / width apart. A
missing reading takes the mean of those present, which adds nothing of its own to the spectrum; how much may be missing
is the window's ``min_share``. No value where nothing moved, and where a window has less than 4 steps.
"""

import numpy as np

from ..moments import FloatArray
from ..waveforms import SPECTRUM, measured

SHORTEST = 4  # steps; below there is one frequency or none


def spectral_centroid(readings: FloatArray) -> FloatArray:
    """Mean frequency weighted by power, sum(f p), in cycles per step."""
    return _spectra(readings, "centroid")


def spectral_entropy(readings: FloatArray) -> FloatArray:
    """Entropy of the power over the frequencies, -sum(p ln p) / ln(number): 0 for one swing, near 1 for white noise."""
    return _spectra(readings, "entropy")


def spectral_flatness(readings: FloatArray) -> FloatArray:
    """Geometric over arithmetic mean of the power: 0 for pure swings, 0.56 for white noise in a long window."""
    return _spectra(readings, "spectral_flatness")


def dominant_frequency(readings: FloatArray) -> FloatArray:
    """Frequency of the largest power, the lowest of equals, in cycles per step; a multiple of 1 / width."""
    return _spectra(readings, "dominant")


def _spectra(readings: FloatArray, indicator: str) -> FloatArray:
    if readings.shape[1] < SHORTEST:
        return np.full(len(readings), np.nan)
    return measured(_filled(readings), 1.0, {indicator: SPECTRUM[indicator]})[indicator]


def _filled(readings: FloatArray) -> FloatArray:
    """Put the mean of a window's readings where one is missing, exactly their value where all are equal."""
    missing = np.isnan(readings)
    if not missing.any():
        return readings
    low = np.nanmin(readings, axis=1, keepdims=True)
    return np.where(missing, low + np.nanmean(readings - low, axis=1, keepdims=True), readings)
