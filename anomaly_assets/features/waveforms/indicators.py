"""What is told of a window of samples, by name; how a window is measured is windows.py.

x are the samples, m_k their central moments, P the power spectral density over the bins above 0 Hz, p = P / sum(P).
Every indicator is (rows,), without value where it has none.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...config import WaveformConfig
from ..moments import FloatArray
from .bearings import Lines, fault_lines

if TYPE_CHECKING:
    from .windows import Windows

Indicator = Callable[["Windows"], FloatArray]


def indicators(config: WaveformConfig) -> tuple[str, ...]:
    """Name every indicator that such windows have; a sensor's column is ``<channel>_<indicator>``.

    In the sensor's unit unless told:

    * ``mean``, ``std`` (of the population), ``rms``, ``mean_abs``, ``peak`` (largest magnitude), ``peak_to_peak``;
    * ``crest`` = peak / rms, ``shape_factor`` = rms / mean_abs, ``impulse_factor`` = peak / mean_abs, no unit;
    * ``skewness`` = m3 / m2^1.5 and ``kurtosis`` = m4 / m2^2 (3 for Gaussian noise), no unit;
    * ``band_<name>``: power between the band's frequencies, unit^2;
    * ``centroid`` = sum(f p), ``spread`` = sqrt(sum((f - centroid)^2 p)), ``dominant`` (the frequency of the largest
      P, a multiple of rate / window), in Hz;
    * ``entropy`` = -sum(p ln p) / ln(bins): 0 for one line, 1 for a flat spectrum (0.93 for 1024 samples of white
      noise, whose periodogram scatters); ``spectral_flatness`` = geometric over arithmetic mean of P (0.56 for white
      noise); ``spectral_kurtosis`` = sum((f - centroid)^4 p) / spread^4, of the spectrum's own distribution; no units;
    * with a bearing: ``envelope_bpfo``, ``_bpfi``, ``_bsf``, ``_ftf``, energy of the squared envelope around those
      harmonics of the fault's frequency that no other fault shares, unit^4, and ``envelope_rms``, root mean square of
      the envelope;
    * with a speed: ``shaft_1x`` and ``shaft_2x``, amplitudes at the shaft's speed and twice that.

    Sources: R. B. Randall, J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP 25, 2011 (time domain,
    envelope); G. Peeters, "A large set of audio features for sound description", CUIDADO, 2004, section 6 (moments of
    the spectrum as a distribution, here of the power) and 8 (flatness).
    """
    return tuple(known(config))


def known(config: WaveformConfig) -> dict[str, Indicator]:
    """Every indicator by its name."""
    found = dict(TIME)
    found |= {f"band_{name}": partial(_band, limits=limits) for name, limits in config.bands.items()}
    found |= SPECTRUM
    if config.bearing is not None:
        found |= {
            f"envelope_{fault}": partial(_around, lines=lines)
            for fault, lines in fault_lines(config.bearing, config.envelope).items()
        }
        found["envelope_rms"] = lambda windows: np.sqrt(windows.squared_envelope.mean(axis=1))
    if config.speed is not None:
        found |= {f"shaft_{order}x": partial(_amplitude, order=order) for order in (1, 2)}
    return found


def _band(windows: "Windows", limits: tuple[float, float]) -> FloatArray:
    return windows.band_power(*limits)


def _around(windows: "Windows", lines: Lines) -> FloatArray:
    return windows.around(lines)


def _amplitude(windows: "Windows", order: int) -> FloatArray:
    return windows.amplitude(order)


TIME: dict[str, Indicator] = {
    "rms": lambda windows: windows.rms,
    "peak": lambda windows: windows.peak,
    "crest": lambda windows: windows.peak / windows.rms,
    "kurtosis": lambda windows: windows.sums.m4 / windows.sums.m2**2,
    "skewness": lambda windows: windows.sums.m3 / windows.sums.m2**1.5,
    "std": lambda windows: np.sqrt(windows.sums.m2),
    "mean": lambda windows: windows.sums.mean,
    "mean_abs": lambda windows: windows.sums.size,
    "peak_to_peak": lambda windows: windows.high - windows.low,
    "shape_factor": lambda windows: windows.rms / windows.sums.size,
    "impulse_factor": lambda windows: windows.peak / windows.sums.size,
}
SPECTRUM: dict[str, Indicator] = {
    "centroid": lambda windows: windows.shape.mean * windows.step,
    "spread": lambda windows: np.sqrt(windows.shape.m2) * windows.step,
    "entropy": lambda windows: windows.disorder[0],
    "spectral_kurtosis": lambda windows: windows.shape.m4 / windows.shape.m2**2,
    "spectral_flatness": lambda windows: windows.disorder[1],
    "dominant": lambda windows: windows.shape.largest * windows.step,
}
