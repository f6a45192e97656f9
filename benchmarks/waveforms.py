"""Condensing high-rate signals in CPU time, side by side with the usual loop of scipy calls over the windows.

    python benchmarks/waveforms.py --rounds 5

1024-sample windows at 12 kHz, hop 512. The first comparison is of 7 statistics of the samples and the power in 8 bands
(`scipy.signal.welch`, `scipy.stats`), the second of every indicator, with envelope spectra (`scipy.signal.hilbert`) and
shaft amplitudes. Rounds alternate between the two, in one process pinned to one core; the figure is the median of the
rounds' ratios, which a busy machine disturbs little.
"""

import argparse
import os
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy import signal, stats

from anomaly_assets.config import WaveformConfig
from anomaly_assets.features import condense, cut, indicators
from anomaly_assets.features.waveforms.bearings import fault_lines

RATE, WINDOW, HOP, RPM = 12_000.0, 1024, 512, 1797.0
STEP = RATE / WINDOW
EDGES = (np.arange(9) * 64 + 0.5) * STEP  # between two bins, where a loop over whole bins integrates exactly
EDGES[0], EDGES[-1] = 0.0, RATE / 2
BANDS = {f"b{k}": (low, high) for k, (low, high) in enumerate(pairwise(EDGES))}
TIME = ("mean", "std", "rms", "peak", "crest", "skewness", "kurtosis")
CONFIG = WaveformConfig.model_validate(
    {
        "rate": RATE,
        "window": WINDOW,
        "hop": HOP,
        "bands": BANDS,
        "speed": RPM,
        "bearing": {"elements": 9, "element_diameter": 7.94, "pitch_diameter": 39.04},
    }
)
Told = dict[str, Any]


def main() -> None:
    """Print agreement, ratio and rate of both comparisons."""
    options = arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wave = np.random.default_rng(options.seed).normal(8, 1, HOP * (options.windows - 1) + WINDOW)
    windows = cut(wave, CONFIG)
    print(f"{len(windows):,} windows of {WINDOW} samples, {options.rounds} rounds")
    few = (*TIME, *(f"band_{name}" for name in BANDS))
    compare("7 statistics and 8 bands", windows, few, looped, options.rounds)
    compare("every indicator", windows, indicators(CONFIG), looped_whole, options.rounds)


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--windows", type=int, default=3749)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def compare(
    title: str, windows: np.ndarray, names: tuple[str, ...], loop: Callable[[np.ndarray], Told], rounds: int
) -> None:
    """Print how far both agree and how their CPU times relate."""

    def ours() -> Told:
        found = condense({"a": windows}, CONFIG, [f"a_{name}" for name in names])
        return {name: found[f"a_{name}"] for name in names}

    found, wanted = ours(), loop(windows)
    differing = {name: relative_difference(found[name], wanted[name]) for name in names}
    worst = max(differing, key=lambda name: differing[name])
    times = [(cpu_seconds(ours), cpu_seconds(lambda: loop(windows))) for _ in range(rounds)]
    own, other = (median(column) for column in zip(*times, strict=True))
    ratios = sorted(slow / fast for fast, slow in times)
    print(f"\n{title}: {len(names)} columns, largest relative difference {differing[worst]:.0e} ({worst})")
    print(f"condense  {own * 1e3:8.1f} CPU ms  {len(windows) / own:10,.0f} windows per CPU second")
    print(f"loop      {other * 1e3:8.1f} CPU ms  {len(windows) / other:10,.0f} windows per CPU second")
    print(f"ratio     {median(ratios):8.1f}x (rounds {ratios[0]:.1f} to {ratios[-1]:.1f})")


def relative_difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """Largest difference over the values' usual size (for a skewness may be next to 0)."""
    if not np.array_equal(np.isnan(found), np.isnan(wanted)):
        return np.inf
    return float(np.nanmax(np.abs(found - wanted)) / np.nanmedian(np.abs(wanted)))


def looped(windows: np.ndarray) -> Told:
    """Tell the samples and the bands window by window."""
    return _columns([_samples(x) | _bands(*signal.welch(x, RATE, nperseg=WINDOW)) for x in windows])


def looped_whole(windows: np.ndarray) -> Told:
    """Tell everything window by window."""
    lines = fault_lines(CONFIG.bearing, CONFIG.envelope)  # type: ignore[arg-type]
    rows = []
    for x in windows:
        frequency, density = signal.welch(x, RATE, nperseg=WINDOW)
        row = _samples(x) | _more_samples(x) | _bands(frequency, density) | _spectrum(frequency[1:], density[1:])
        rows.append(row | _envelope(x, lines) | _shaft(x))
    return _columns(rows)


def _columns(rows: list[dict[str, float]]) -> Told:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _samples(x: np.ndarray) -> dict[str, float]:
    rms, peak = np.sqrt(np.mean(x**2)), np.abs(x).max()
    found = {"mean": x.mean(), "std": x.std(), "rms": rms, "peak": peak, "crest": peak / rms}
    return found | {"skewness": stats.skew(x), "kurtosis": stats.kurtosis(x, fisher=False)}


def _bands(frequency: np.ndarray, density: np.ndarray) -> dict[str, float]:
    return {
        f"band_{name}": density[(frequency >= low) & (frequency <= high)].sum() * STEP
        for name, (low, high) in BANDS.items()
    }


def _more_samples(x: np.ndarray) -> dict[str, float]:
    size, peak = np.abs(x).mean(), np.abs(x).max()
    found = {"mean_abs": size, "peak_to_peak": np.ptp(x), "impulse_factor": peak / size}
    return found | {"shape_factor": np.sqrt(np.mean(x**2)) / size}


def _spectrum(frequency: np.ndarray, density: np.ndarray) -> dict[str, float]:
    p = density / density.sum()
    centroid = frequency @ p
    spread = np.sqrt((frequency - centroid) ** 2 @ p)
    found = {"centroid": centroid, "spread": spread, "dominant": frequency[density.argmax()]}
    found["entropy"] = stats.entropy(p) / np.log(len(p))
    found["spectral_flatness"] = stats.gmean(density) / density.mean()
    return found | {"spectral_kurtosis": (frequency - centroid) ** 4 @ p / spread**4}


def _envelope(x: np.ndarray, lines: Any) -> dict[str, float]:
    spectrum = np.fft.rfft(x - x.mean())
    spectrum[: WINDOW // 8] = 0  # everything above a quarter of the highest frequency is demodulated
    squared = np.abs(signal.hilbert(np.fft.irfft(spectrum, WINDOW))) ** 2
    _, density = signal.welch(squared, RATE, nperseg=WINDOW)
    below = np.concatenate([[0.0], np.cumsum(density) * STEP])
    edges = np.concatenate([[0.0], (np.arange(WINDOW // 2) + 0.5) * STEP, [RATE / 2]])
    found = {"envelope_rms": np.sqrt(squared.mean())}
    for fault, (order, multiples) in lines.items():
        places = [order * RPM / 60 * multiple for multiple in multiples]
        reaches = [max(STEP / 2, CONFIG.envelope.tolerance * place) for place in places]
        highs = [place + reach for place, reach in zip(places, reaches, strict=True)]
        lows = [max(at - reach, low) for at, reach, low in zip(places, reaches, [STEP / 2, *highs], strict=False)]
        found[f"envelope_{fault}"] = float(np.sum(np.interp(highs, edges, below) - np.interp(lows, edges, below)))
    return found


def _shaft(x: np.ndarray) -> dict[str, float]:
    tapered = (x - x.mean()) * signal.get_window("hann", WINDOW)
    turns = np.arange(WINDOW) * (RPM / 60 / RATE)
    return {f"shaft_{k}x": 4 * abs(tapered @ np.exp(-2j * np.pi * k * turns)) / WINDOW for k in (1, 2)}


def cpu_seconds(call: Callable[[], Any]) -> float:
    """CPU time of one call, of all its threads."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
