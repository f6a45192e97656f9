"""The forecasts anybody could make: the last value, yesterday again, last week again."""

import numpy as np

from .panel import Panel

NAIVE = ("last_value", "daily_naive", "weekly_naive")
WEEKS = 4  # how many earlier weeks are looked at when the latest is silent


def naive_forecasts(
    panel: Panel, day: int, unit: np.ndarray, origin: np.ndarray, horizon: np.ndarray
) -> dict[str, np.ndarray]:
    """Forecast (n,) instants by the three; of a silent day or week the one before counts, in the end the last value."""
    last = panel.values[unit, _latest(panel.values)[unit, origin]]
    target = origin + horizon
    daily, weekly = last.copy(), np.full(len(unit), np.nan)
    for period, count, filled in ((day, 7, daily), (7 * day, WEEKS, weekly)):
        latest = target - ((horizon - 1) // period + 1) * period
        for back in range(count - 1, -1, -1):
            column = latest - back * period
            given = np.where(column >= 0, panel.values[unit, np.maximum(column, 0)], np.nan)
            filled[:] = np.where(np.isnan(given), filled, given)
    return dict(zip(NAIVE, (last, daily, np.where(np.isnan(weekly), daily, weekly)), strict=True))


def _latest(values: np.ndarray) -> np.ndarray:
    """Find the column of the last reading at or before every column; 0 where there is none."""
    return np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(values.shape[1])), axis=1)
