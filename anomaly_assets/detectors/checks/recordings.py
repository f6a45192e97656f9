"""Labelled windows for the battery: correlated sensors, known faults, scaled features under the platform's names.

Nothing here knows a detector. Whole synthetic fleets belong in synthetic/.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import polars as pl

SENSORS = ("a", "b", "c", "d")
WINDOW = 30
FAULTY = "b"
"""The sensor that a fault befalls when no other is named."""

_CORRELATION = 0.9


def _spike(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(len(reading)) % WINDOW == 0, reading + 8.0, reading)


def _level_shift(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return reading + 4.0


def _drift(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return reading + np.linspace(0.0, 8.0, len(reading))


def _noise_burst(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return reading + rng.normal(0.0, 4.0, len(reading))


def _stuck(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.full(len(reading), 0.1)


def _correlation_break(reading: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(reading)


FAULTS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "spike": _spike,
    "level_shift": _level_shift,
    "drift": _drift,
    "noise_burst": _noise_burst,
    "stuck": _stuck,
    "correlation_break": _correlation_break,
}
"""Fault kinds by name; a detector's tags say which it cannot see."""


@lru_cache(maxsize=32)
def windows(rows: int = 1500, *, seed: int = 0, fault: str | None = None, faulty: str = FAULTY) -> pl.DataFrame:
    """Make a recording of one unit, faulty from its start to its end when a fault is named.

    Returns
    -------
    Keys, then ``<sensor>__raw``, ``<sensor>__mean_30m`` and ``<sensor>__std_30m``, each with spread 1 when normal.
    """
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal(rows)
    readings = {}
    for sensor in SENSORS:
        reading = np.sqrt(_CORRELATION) * shared + np.sqrt(1 - _CORRELATION) * rng.standard_normal(rows)
        readings[sensor] = FAULTS[fault](reading, rng) if fault and sensor == faulty else reading
    return _features(pl.DataFrame(readings))


def fault_rows(fault: str, *, seed: int = 2, faulty: str = FAULTY) -> pl.DataFrame:
    """Only the windows of a faulty recording that show the fault."""
    recording = windows(seed=seed, fault=fault, faulty=faulty)[WINDOW:]
    return recording.gather_every(WINDOW) if fault == "spike" else recording


def _features(readings: pl.DataFrame) -> pl.DataFrame:
    names = []
    for sensor in readings.columns:
        column = pl.col(sensor)
        names += [
            column.alias(f"{sensor}__raw"),
            (column.rolling_mean(WINDOW, min_samples=1) * WINDOW**0.5).alias(f"{sensor}__mean_30m"),
            ((column.rolling_std(WINDOW, min_samples=2).fill_null(1.0) - 1.0) * (2 * WINDOW) ** 0.5).alias(
                f"{sensor}__std_30m"
            ),
        ]
    return readings.select(pl.lit("unit").alias("unit_id"), *names)
