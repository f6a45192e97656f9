"""Conformal thresholds and p-values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import calibrate, p_values

from .scored import calibration


@given(
    st.lists(st.integers(0, 40), min_size=20, max_size=200),
    st.lists(st.integers(-1, 41), min_size=1, max_size=20),
    st.floats(0.05, 0.9),
)
def test_exactly_the_windows_with_a_p_value_of_at_most_alpha_alarm(known, new, alpha):
    threshold = calibrate("split_conformal", {"alpha": alpha}, calibration(known))
    small = p_values(np.array(known), np.array(new)) <= alpha + 1e-12
    assert (threshold.flags(np.array(new)) == small).all()


def test_a_new_exchangeable_window_alarms_no_more_often_than_alpha():
    """Over many calibrations of 99: the expected share is exactly 0.05."""
    draw = np.random.default_rng(0)
    shares = [
        calibrate("split_conformal", {"alpha": 0.05}, calibration(draw.standard_normal(99)))
        .flags(draw.standard_normal(500))
        .mean()
        for _ in range(300)
    ]
    assert 0.046 < np.mean(shares) < 0.054


def test_p_values_count_the_score_itself_and_are_never_zero():
    assert p_values(np.array([1.0, 2.0, 3.0]), np.array([9.0, 3.0, 2.5, 0.0])).tolist() == [0.25, 0.5, 0.5, 1.0]


def test_an_alpha_that_no_p_value_can_reach_is_refused_and_the_smallest_one_told():
    with pytest.raises(ThresholdError, match=r"smallest attainable is 1/99 = 0\.01.*at least 99"):
        calibrate("split_conformal", {"alpha": 0.01}, calibration(np.arange(98.0)))
    threshold = calibrate("split_conformal", {"alpha": 0.01}, calibration(np.arange(99.0)))
    assert threshold.value == 98.0
    assert "1/100" in threshold.assumption


def test_labelled_anomalies_do_not_raise_it():
    scores = np.concatenate([np.arange(99.0), np.full(50, 1e6)])
    assert calibrate("split_conformal", {}, calibration(scores, labels=scores > 100)).value == 98.0
