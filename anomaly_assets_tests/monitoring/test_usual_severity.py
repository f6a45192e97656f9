import numpy as np
import polars as pl
import pytest

from anomaly_assets.config import ForecastWatch
from anomaly_assets.monitoring import Profile, UsualSeverity

from .days import normal

WATCH = ForecastWatch(severity=0.1)


def usual(day_medians: list[float], spread: float = 0.05, ordinary: float | None = 0.95) -> UsualSeverity:
    """Of days whose scores lie around these medians."""
    frame = normal(24 * len(day_medians), 0, days=len(day_medians))
    per_day = frame.height // len(day_medians)
    scores = np.concatenate([median + np.linspace(-spread, spread, per_day) for median in day_medians])
    return UsualSeverity.of(
        Profile.of(frame, scores, pl.Series(np.zeros(frame.height)), ordinary=ordinary, min_rows=10)
    )


def test_a_day_may_be_a_little_more_severe_than_training_was() -> None:
    found = usual([0.3] * 10)
    assert found.median == pytest.approx(0.3) and found.tolerated(WATCH) == pytest.approx(0.4)


def test_where_the_days_of_training_differed_more_that_much_is_tolerated() -> None:
    found = usual([0.1, 0.3, 0.5] * 10)
    assert found.median == pytest.approx(0.3) and found.tolerated(WATCH) == pytest.approx(0.5, abs=0.02)
    assert found.tolerated(ForecastWatch(severity=0.1, ordinary=None)) == pytest.approx(0.4)
    assert usual([0.1, 0.3, 0.5] * 10, ordinary=None).tolerated(WATCH) == pytest.approx(0.4)


def test_scores_below_0_and_above_1_are_severities_of_0_and_1() -> None:
    assert usual([-3.0] * 10) == UsualSeverity(0.0, 0.0)
    assert usual([4.0] * 10).median == 1.0
