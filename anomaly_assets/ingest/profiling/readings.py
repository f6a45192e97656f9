"""What parsed readings look like: sampling step, gaps, ranges, sentinels, constant sensors."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

SENTINELS = (
    -99999.0,
    -9999.0,
    -999.0,
    -99.0,
    -999.9,
    -9999.9,
    999.0,
    9999.0,
    99999.0,
    999999.0,
    -32768.0,
    32767.0,
    65535.0,
)
_STEPS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800, 3600)
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
_SPANS = 3.0
"""A sentinel lies so many spans of the ordinary readings away from them."""
_MISSES = 3
"""A gap is a pause of more than so many sampling steps."""


@dataclass(frozen=True)
class SensorProfile:
    """One sensor as it was seen.

    Attributes
    ----------
    column : its name in the files.
    measures : its engineering unit where the column's name states one.
    low, high : robust extremes, the 1 and 99 percent quantiles without sentinels; None without any reading.
    constant : whether it never changed.
    missing : share of rows without a reading.
    """

    column: str
    measures: str
    low: float | None
    high: float | None
    constant: bool
    missing: float


def sensor_profile(values: pl.Series, column: str, measures: str, sentinels: tuple[float, ...]) -> SensorProfile:
    """Describe one sensor's readings, sentinels left out."""
    kept = values.filter(~values.is_in(list(sentinels))).drop_nulls()
    missing = 1 - kept.len() / max(values.len(), 1)
    if not kept.len():
        return SensorProfile(column, measures, None, None, True, missing)
    low, high = (float(kept.quantile(q, "nearest") or 0.0) for q in (0.01, 0.99))
    return SensorProfile(column, measures, low, high, kept.n_unique() == 1, missing)


def sentinels_of(values: pl.Series) -> tuple[float, ...]:
    """Find numbers that seem to mean "no reading": well-known ones, repeated, far away from all other readings."""
    candidates = [s for s in SENTINELS if int((values == s).sum() or 0) > 1]
    rest = values.filter(~values.is_in(candidates)).drop_nulls() if candidates else values
    if not candidates or not rest.len():
        return ()
    low, high = float(rest.quantile(0.01) or 0.0), float(rest.quantile(0.99) or 0.0)
    reach = _SPANS * max(high - low, abs(high) * 0.1, 1.0)
    return tuple(s for s in candidates if s < low - reach or s > high + reach)


def sampling_of(readings: pl.DataFrame) -> timedelta:
    """Give the median time between a unit's readings, snapped to a step that divides a day (or whole days)."""
    gaps = readings.sort("unit_id", "time").select(pl.col("time").diff().over("unit_id")).to_series()
    median = gaps.filter(gaps > timedelta(0)).median()
    seconds = median.total_seconds() if isinstance(median, timedelta) else 60.0
    return snapped(seconds)


def snapped(seconds: float) -> timedelta:
    """Choose the nearest customary step."""
    if seconds > 1.5 * 86_400:
        return timedelta(days=round(seconds / 86_400))
    small = tuple(s / 1000 for s in (1, 2, 5, 10, 20, 50, 100, 200, 250, 500))
    steps = (*small, *_STEPS, *(hours * 3600 for hours in _HOURS))
    return timedelta(seconds=min(steps, key=lambda step: abs(step - seconds) / step))


def gaps_of(readings: pl.DataFrame, sampling: timedelta, keys: tuple[str, ...]) -> tuple[int, timedelta]:
    """Count the pauses that are longer than a few steps, and give the longest one.

    ``keys`` is what a recording is told apart by: the unit, and the file too where not every file was read.
    """
    pauses = readings.sort(*keys, "time").select(pl.col("time").diff().over(keys)).to_series()
    long = pauses.filter(pauses > _MISSES * sampling)
    longest = long.max()
    return long.len(), longest if isinstance(longest, timedelta) else timedelta(0)
