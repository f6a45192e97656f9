"""Snapshots of vibration as text, a file each; what is claimed of them stands in the tests of their readers."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from .building import written

FIRST = datetime(2004, 2, 12, 10, 32, 39)
STEP = timedelta(minutes=10)
WAVEFORMS = {"rate": 64, "window": 16}


def noise(columns: int, rows: int = 64, scale: float = 1.0, seed: int = 7) -> np.ndarray:
    """Samples (rows, columns) with three decimals; columns are louder from left to right."""
    values = np.random.default_rng(seed).normal(size=(rows, columns)) * scale * np.arange(1, columns + 1)
    return values.round(3)


def as_text(samples: np.ndarray, between: str = "\t") -> str:
    return "".join(between.join(f"{value:.3f}" for value in row) + "\n" for row in samples)


def ims_name(k: int, folder: str = "2nd_test", step: timedelta = STEP) -> str:
    return f"{folder}/{FIRST + k * step:%Y.%m.%d.%H.%M.%S}"


def an_ims_snapshot(
    root: Path, k: int = 0, folder: str = "2nd_test", columns: int = 4, *, scale: float = 1.0, step: timedelta = STEP
) -> Path:
    """The k-th snapshot of a test."""
    return written(root, ims_name(k, folder, step), as_text(noise(columns, scale=scale, seed=k)))


def femto_text(k: int, between: str = ",", rows: int = 64) -> str:
    """A snapshot: hour, minute, second, microsecond, horizontal, vertical."""
    waves = noise(2, rows, seed=k)
    lines = ([9, 39, 39 + k, 10 * row, *(f"{value:.3f}" for value in waves[row])] for row in range(rows))
    return "".join(between.join(map(str, line)) + "\n" for line in lines)


def a_femto_snapshot(root: Path, k: int = 0, bearing: str = "Bearing1_1", between: str = ",") -> Path:
    """The k-th snapshot of a bearing, counted from 0."""
    return written(root, f"{bearing}/acc_{k + 1:05d}.csv", femto_text(k, between))
