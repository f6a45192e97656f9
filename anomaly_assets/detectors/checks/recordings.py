"""Labelled windows for the battery: correlated sensors, known faults, scaled features under the platform's names.

Nothing here knows a detector. Whole synthetic fleets belong in synthetic/.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

SENSORS = ("a", "b", "c", "d")
WINDOW = 30
FAULTY = "b"
"""The sensor that a fault befalls when no other is named."""

HOUR = 60
"""Rows of the windows that rules look at."""

ROWS = 1500
"""Rows of a recording when nothing else is said."""

RHYTHM = 20
"""Rows of one period in a recording with a rhythm."""

_CORRELATION = 0.9
_REGULAR = 0.8
_FIRST, _STRIDE = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=1)


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
def windows(
    rows: int = ROWS,
    *,
    seed: int = 0,
    fault: str | None = None,
    faulty: str = FAULTY,
    rhythm: bool = False,
    unscaled: bool = False,
) -> pl.DataFrame:
    """Make a recording of one unit, faulty from its start to its end when a fault is named.

    What the sensors share is white noise, or mostly a sine of RHYTHM rows with ``rhythm``.

    Returns
    -------
    unit_id, window_start, window_end (one-minute windows from 2024 on, UTC), then ``<sensor>__raw``,
    ``<sensor>__mean_30m`` and ``<sensor>__std_30m``, each with spread 1 when normal and without rhythm; ``unscaled``
    the features that rules read: raw, z_1h, mean_abs_z_2h, std_1h, unchanged_1h and reversal_1h.
    """
    rng = np.random.default_rng(seed)
    shared = _shared(rng.standard_normal(rows), rhythm)
    readings = {}
    for sensor in SENSORS:
        reading = np.sqrt(_CORRELATION) * shared + np.sqrt(1 - _CORRELATION) * rng.standard_normal(rows)
        readings[sensor] = FAULTS[fault](reading, rng) if fault and sensor == faulty else reading
    return _unscaled(pl.DataFrame(readings)) if unscaled else _features(pl.DataFrame(readings))


def shown(fault: str, rows: int) -> NDArray[np.int64]:
    """Number the rows of a faulty recording that show the fault, once the trailing features know of it."""
    return np.arange(WINDOW, rows, WINDOW if fault == "spike" else 1)


def fault_rows(fault: str, *, seed: int = 2, faulty: str = FAULTY) -> pl.DataFrame:
    """Only the windows of a faulty recording that show the fault."""
    return windows(seed=seed, fault=fault, faulty=faulty)[shown(fault, ROWS)]


def _shared(noise: np.ndarray, rhythm: bool) -> np.ndarray:
    if not rhythm:
        return noise
    sine = np.sqrt(2.0) * np.sin(2 * np.pi * np.arange(len(noise)) / RHYTHM)
    return np.sqrt(_REGULAR) * sine + np.sqrt(1 - _REGULAR) * noise


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
    return readings.select(*_keys(readings.height), *names)


def _unscaled(readings: pl.DataFrame) -> pl.DataFrame:
    features: dict[str, pl.Expr] = {}
    for sensor in readings.columns:
        x = pl.col(sensor)
        std, mean = x.rolling_std(HOUR, min_samples=2), x.rolling_mean(HOUR, min_samples=2)
        z = pl.when(std > 0).then((x - mean) / std).otherwise(0.0)
        jump, back = x.diff().shift(1), x.diff()
        pair = pl.when(jump * back < 0).then(pl.min_horizontal(jump.abs(), back.abs())).otherwise(0.0)
        run = pl.int_range(pl.len()).over(x.rle_id()) + 1
        share = pl.min_horizontal(run, HOUR) / pl.min_horizontal(pl.int_range(pl.len()) + 1, HOUR)
        features |= {f"{sensor}__raw": x, f"{sensor}__z_1h": z, f"{sensor}__std_1h": std}
        features |= {f"{sensor}__mean_abs_z_2h": z.abs().rolling_mean(2 * HOUR, min_samples=1)}
        features |= {f"{sensor}__unchanged_1h": share, f"{sensor}__reversal_1h": pair.rolling_max(HOUR, min_samples=1)}
    return readings.select(*_keys(readings.height), **features)


def _keys(rows: int) -> tuple[pl.Series, pl.Series, pl.Series]:
    start = pl.Series("window_start", [_FIRST + _STRIDE * row for row in range(rows)], pl.Datetime("us", "UTC"))
    return pl.Series("unit_id", ["unit"] * rows), start, (start + _STRIDE).alias("window_end")
