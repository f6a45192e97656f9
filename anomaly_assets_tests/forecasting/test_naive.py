"""The forecasts anybody could make."""

import numpy as np

from anomaly_assets.forecasting.naive import naive_forecasts
from anomaly_assets.forecasting.panel import Panel

DAY, WEEK = 4, 28


def told(values: np.ndarray, origin: int, horizon: list[int]) -> dict[str, list[float]]:
    panel = Panel(("a",), 0, 1, values[None, :])
    ahead = np.array(horizon)
    found = naive_forecasts(panel, DAY, np.zeros_like(ahead), np.full_like(ahead, origin), ahead)
    return {name: given.tolist() for name, given in found.items()}


def test_the_last_value_yesterday_and_last_week_again() -> None:
    found = told(np.arange(100.0), 60, [1, 4, 5, 29])
    assert found["last_value"] == [60] * 4
    assert found["daily_naive"] == [57, 60, 57, 57]
    assert found["weekly_naive"] == [33, 36, 37, 33]


def test_silence_is_answered_by_what_was_known_before() -> None:
    values = np.arange(100.0)
    values[[60, 57, 33]] = np.nan
    found = told(values, 60, [1])
    assert found == {"last_value": [59], "daily_naive": [53], "weekly_naive": [5]}


def test_nothing_after_the_origin_is_looked_at() -> None:
    values = np.where(np.arange(100) > 60, 1e9, np.arange(100.0))
    assert max(max(each) for each in told(values, 60, list(range(1, 36))).values()) <= 60
