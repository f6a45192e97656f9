"""One block of windows and everything that indicators may ask of it, each computed when it is first asked for.

Importing this module imports numba.
"""

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config import EnvelopeConfig
from ..moments import FloatArray
from .bearings import Lines
from .sample_kernels import amplitude, centre, squared
from .scratch import Scratch
from .spectrum_kernels import band, disorder, harmonics, shape, tapered_power


class Sums(NamedTuple):
    """Of the samples of every window, (rows,) each: mean, central moments, mean magnitude."""

    mean: FloatArray
    m2: FloatArray
    m3: FloatArray
    m4: FloatArray
    size: FloatArray


class Shape(NamedTuple):
    """Of every spectrum as a distribution over its bins, (rows,) each: total, moments in bins, bin of the largest."""

    total: FloatArray
    mean: FloatArray
    m2: FloatArray
    m4: FloatArray
    largest: FloatArray


class Windows:
    """Windows of samples, their spectra and the spectra of their squared envelopes.

    Parameters
    ----------
    samples : (rows, window); copied. A window with a sample that is no finite number has no value anywhere.
    rate : samples per second, or 1 for frequencies in cycles per sample.
    envelope : how the envelope is taken.
    turning : (rows,) speed of the shaft in Hz; NaN where it is unknown.
    scratch : memory to work in; whoever hands it in is done with the windows before these.
    """

    def __init__(
        self,
        samples: NDArray[Any],
        rate: float,
        envelope: EnvelopeConfig | None = None,
        turning: FloatArray | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        self.rows, self.window = samples.shape
        self.scratch = scratch or Scratch()
        self.moved = self._table("moved", self.window)
        self.moved[:] = samples
        self.rate, self.envelope, self.step = rate, envelope or EnvelopeConfig(), rate / self.window
        self.bins = self.window // 2 + 1
        self.turning = np.full(self.rows, np.nan) if turning is None else turning
        self.low, self.high = self.moved.min(axis=1), self.moved.max(axis=1)
        sums = np.empty((self.rows, 5))
        centre(self.moved, sums)
        self.sums = Sums(*sums.T)
        self.whole = ~np.isnan(self.sums.mean)

    @cached_property
    def rms(self) -> FloatArray:
        """Root mean square of the samples, (rows,)."""
        return np.sqrt(self.sums.mean**2 + self.sums.m2)

    @cached_property
    def peak(self) -> FloatArray:
        """Largest magnitude, (rows,)."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @cached_property
    def transform(self) -> NDArray[np.complex128]:
        """One-sided Fourier transform of the windows less their means, (rows, bins), untapered."""
        return np.fft.rfft(self.moved, axis=1, out=self._table("transform", self.bins, np.complex128))

    @cached_property
    def density(self) -> FloatArray:
        """Power spectral density, (rows, bins) in unit^2 per Hz.

        The periodogram of the window less its mean under Hann's periodic window: `scipy.signal.welch` with one segment.
        """
        return self._density(self.transform, self._table("density", self.bins))

    @cached_property
    def shape(self) -> Shape:
        """The spectrum as a distribution over its bins."""
        sums = np.empty((self.rows, 5))
        shape(self.density, sums)
        return Shape(*sums.T)

    @cached_property
    def disorder(self) -> tuple[FloatArray, FloatArray]:
        """Normalised entropy and flatness of the spectrum, (rows,) each."""
        sums = np.empty((self.rows, 2))
        disorder(self.density, np.log(self.density, out=self._table("logarithms", self.bins)), sums)
        return sums[:, 0], sums[:, 1]

    @cached_property
    def squared_envelope(self) -> FloatArray:
        """|analytic signal|^2 of the band that is demodulated, (rows, window) in unit^2.

        The transform without the negative frequencies and without what lies outside the band, transformed back.
        """
        low, high = self.envelope.band or (self.rate / 8, self.rate / 2)
        chosen = slice(max(1, math.ceil(low / self.step - 1e-9)), math.floor(high / self.step + 1e-9) + 1)
        analytic = self._table("analytic", self.window, np.complex128)
        analytic[:] = 0.0
        np.multiply(self.transform[:, chosen], 2, out=analytic[:, chosen])
        if self.window % 2 == 0:
            analytic[:, self.window // 2] /= 2
        np.fft.ifft(analytic, axis=1, out=analytic)
        found = self._table("squared_envelope", self.window)
        squared(analytic.view(np.float64), found)
        return found

    @cached_property
    def envelope_density(self) -> FloatArray:
        """Power spectral density of the squared envelope less its mean, (rows, bins) in unit^4 per Hz."""
        transform = self._table("envelope_transform", self.bins, np.complex128)
        np.fft.rfft(self.squared_envelope, axis=1, out=transform)
        transform[:, 0] = 0.0
        return self._density(transform, self._table("envelope_density", self.bins))

    def band_power(self, low: float, high: float) -> FloatArray:
        """Integral of the density from low to high (Hz), (rows,) in unit^2.

        A bin's density reaches half a bin to either side, so bands that touch add up and all of them are the variance
        of the tapered window.
        """
        found = np.empty(self.rows)
        band(self.density, self.window, low / self.step, high / self.step, found)
        return found * self.step

    def around(self, lines: Lines) -> FloatArray:
        """Energy of the squared envelope around a fault's lines, (rows,) in unit^4.

        Around is within ``envelope.tolerance`` of a line and at least half a bin, for a bin of 11.7 Hz (1024
        samples at 12 kHz) is wider than a slip; lines beyond half the sampling rate are left out.
        """
        found, base = np.empty(self.rows), self.turning * (lines.order / self.step)
        harmonics(self.envelope_density, self.window, base, lines.multiples, self.envelope.tolerance, found)
        return found * self.step

    def amplitude(self, order: float) -> FloatArray:
        """Amplitude of the sine at `order` times the shaft's speed, (rows,) in the unit."""
        found = np.empty(self.rows)
        taper = 0.5 - 0.5 * np.cos(np.arange(self.window) * (2 * np.pi / self.window))
        amplitude(self.moved, taper, self.turning * (order / self.step), found)
        return found

    def _table(self, name: str, columns: int, dtype: Any = np.float64) -> NDArray[Any]:
        return self.scratch.table(name, (self.rows, columns), dtype)

    def _density(self, transform: NDArray[np.complex128], found: FloatArray) -> FloatArray:
        scale = 8 / (3 * self.window * self.rate)  # 1 / (rate x the sum of the taper's squares)
        tapered_power(transform.view(np.float64), self.window, scale, found)
        return found
