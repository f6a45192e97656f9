"""The dominant period: found where there is one, None where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors.periods import period_of


@settings(max_examples=40)
@given(period=st.integers(10, 300), phase=st.floats(0, 6), noise=st.floats(0, 0.4))
def test_the_period_of_a_noisy_sine_is_found(period: int, phase: float, noise: float) -> None:
    time = np.arange(2000)
    series = 40 + 3 * np.sin(2 * np.pi * time / period + phase)
    series += 3 * noise * np.random.default_rng(0).normal(size=2000)
    found = period_of(series)
    assert found is not None
    assert abs(found - period) <= max(2, 0.1 * period)


def test_the_period_is_preferred_to_its_multiples() -> None:
    beats = np.tile(np.r_[1.0, 5.0, 1.0, np.zeros(37)], 60)
    assert period_of(beats + 0.01 * np.random.default_rng(0).normal(size=len(beats))) == 40


def test_steps_at_which_the_sensor_said_nothing_are_left_out() -> None:
    series = np.sin(2 * np.pi * np.arange(1000) / 25) + 100
    series[::7] = np.nan
    assert period_of(series) == 25


@pytest.mark.parametrize(
    "series",
    [
        np.random.default_rng(0).normal(size=3000),
        np.full(3000, 0.1),
        np.full(3000, np.nan),
        np.sin(np.arange(20)),
        np.empty(0),
        np.linspace(0, 1, 3000),
    ],
    ids=["noise", "constant", "silent", "short", "empty", "ramp"],
)
def test_a_series_without_a_rhythm_has_no_period(series: np.ndarray) -> None:
    assert period_of(series) is None


def test_huge_values_have_a_period_too() -> None:
    assert period_of(1e200 * np.sin(2 * np.pi * np.arange(1000) / 50)) == 50
