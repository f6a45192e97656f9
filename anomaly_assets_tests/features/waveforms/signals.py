"""Signals whose truth is known, and the plain evaluation of one window by scipy that everything is measured against."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

from anomaly_assets.config import WaveformConfig
from anomaly_assets.features import condense, indicators

RATE, RPM = 12_000.0, 1797.0
BEARING = {"elements": 9, "element_diameter": 7.94, "pitch_diameter": 39.04}  # SKF 6205-2RS, drive end of CWRU
ORDERS = {"bpfo": 3.585, "bpfi": 5.415, "bsf": 2.357, "ftf": 0.398}  # per turn, from its data sheet
BANDS = {"low": (0.0, 1000.0), "mid": (1000.0, 3333.3), "high": (3333.3, 6000.0), "narrow": (500.0, 503.0)}


def bearing_config(**changes: Any) -> WaveformConfig:
    """Every indicator there is, of windows of 1024 samples at 12 kHz."""
    known = {"rate": RATE, "window": 1024, "bands": BANDS, "speed": RPM, "bearing": BEARING}
    return WaveformConfig.model_validate(known | changes)


def told(windows: NDArray[Any], config: WaveformConfig, **more: Any) -> dict[str, NDArray[np.float64]]:
    """Every indicator of the windows of one channel, by the indicator's name."""
    names = indicators(config)
    found = condense({"de": windows}, config, [f"de_{name}" for name in names], **more)
    return {name: found[f"de_{name}"] for name in names}


def evaluated(window: NDArray[np.float64], config: WaveformConfig) -> dict[str, float]:
    """Every indicator of one window by numpy and scipy, sums over frequencies by interpolating what lies below."""
    x, rms = window, np.sqrt(np.mean(window**2))
    size, peak = np.abs(x).mean(), np.abs(x).max()
    found = {"rms": rms, "peak": peak, "crest": peak / rms, "std": x.std(), "mean": x.mean(), "mean_abs": size}
    found |= {"kurtosis": stats.kurtosis(x, fisher=False), "skewness": stats.skew(x), "peak_to_peak": np.ptp(x)}
    found |= {"shape_factor": rms / size, "impulse_factor": peak / size}
    frequency, density = signal.welch(x, config.rate, nperseg=len(x))
    found |= {f"band_{name}": between(density, config, *limits) for name, limits in config.bands.items()}
    return found | _of_spectrum(frequency[1:], density[1:]) | _of_envelope(x, config)


def between(density: NDArray[np.float64], config: WaveformConfig, low: float, high: float) -> float:
    """Integral of a density whose bins reach half a bin to either side."""
    step = config.rate / config.window
    edges = np.concatenate([[0.0], (np.arange(len(density) - 1) + 0.5) * step, [config.rate / 2]])
    below = np.concatenate([[0.0], np.cumsum(density) * step])
    return float(np.interp(high, edges, below) - np.interp(low, edges, below))


def _of_spectrum(frequency: NDArray[np.float64], density: NDArray[np.float64]) -> dict[str, float]:
    p = density / density.sum()
    centroid = float(frequency @ p)
    spread = np.sqrt((frequency - centroid) ** 2 @ p)
    found = {"centroid": centroid, "spread": spread, "dominant": frequency[density.argmax()]}
    found["entropy"] = stats.entropy(p) / np.log(len(p))
    found["spectral_flatness"] = stats.gmean(density) / density.mean()
    return found | {"spectral_kurtosis": (frequency - centroid) ** 4 @ p / spread**4}


def _of_envelope(x: NDArray[np.float64], config: WaveformConfig) -> dict[str, float]:
    frequency = np.fft.rfftfreq(len(x), 1 / config.rate)
    low, high = config.envelope.band or (config.rate / 8, config.rate / 2)
    kept = np.fft.rfft(x - x.mean()) * ((frequency > 0) & (frequency >= low - 1e-6) & (frequency <= high + 1e-6))
    envelope = np.abs(signal.hilbert(np.fft.irfft(kept, len(x))))
    _, density = signal.welch(envelope**2, config.rate, nperseg=len(x), detrend="constant")
    found = {"envelope_rms": np.sqrt(np.mean(envelope**2))}
    assert isinstance(config.speed, float)
    for fault in _orders():
        found[f"envelope_{fault}"] = _around(density, config, fault)
    return found


def _around(density: NDArray[np.float64], config: WaveformConfig, fault: str) -> float:
    step, total, turning = config.rate / config.window, 0.0, config.speed / 60  # type: ignore[operator]
    if not step <= _orders()[fault] * turning <= config.rate / 2:
        return np.nan
    share, counted = config.envelope.tolerance, range(1, config.envelope.harmonics + 1)
    own = [_orders()[fault] * k for k in counted]
    foreign = np.array([order * k for other, order in _orders().items() if other != fault for k in counted])
    own = own[:1] + [at for at in own[1:] if (np.abs(at - foreign) > share * foreign).all()]
    places = [at * turning for at in own if at * turning <= config.rate / 2]
    spans = [(at - reach, at + reach) for at in places for reach in [max(step / 2, share * at)]]
    taken = step / 2
    for low, high in spans:
        total += max(0.0, between(density, config, max(low, taken), high))
        taken = high
    return total


def _orders() -> dict[str, float]:
    n, ratio = 9, 7.94 / 39.04
    races = {"bpfo": n / 2 * (1 - ratio), "bpfi": n / 2 * (1 + ratio)}
    return races | {"bsf": (1 - ratio**2) / (2 * ratio), "ftf": (1 - ratio) / 2}


def sine(frequency: float, samples: int, amplitude: float = 1.0, rate: float = RATE) -> NDArray[np.float64]:
    """A sine that begins somewhere in its period."""
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(samples) / rate + 0.3)


def knocks(frequency: float, samples: int, resonance: float = 3500.0, seed: int = 0) -> NDArray[np.float64]:
    """A damped resonance struck `frequency` times a second, in noise, as a damaged bearing sounds."""
    time = np.arange(samples) / RATE
    since = time % (1 / frequency)
    struck = np.exp(-since * 900) * np.sin(2 * np.pi * resonance * since)
    return struck + 0.1 * np.random.default_rng(seed).standard_normal(samples)
