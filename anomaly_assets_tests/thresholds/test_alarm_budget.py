"""Alarms per unit and day, kept on the part it was found on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import ThresholdError
from anomaly_assets.evaluation import episodes
from anomaly_assets.thresholds import calibrate
from anomaly_assets.thresholds.alarm_counting import count_alarms

from .scored import MINUTE, as_windows, calibration

SEEDS = st.integers(0, 10_000)
GAP = 5


def scores(seed: int, size: int = 2000) -> np.ndarray:
    """Autocorrelated, heavy above, sometimes coarse (ties)."""
    draw = np.random.default_rng(seed)
    smooth = np.convolve(draw.exponential(1, size + 9), np.ones(10) / 10, "valid")
    return np.round(smooth, int(draw.integers(0, 8)))


def budget(per_unit_day, given_, **params):
    return calibrate("alarm_budget", {"per_unit_day": per_unit_day, "merge_gap": f"{GAP}m", **params}, given_)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.01, 200), st.integers(1, 4))
def test_the_budget_is_kept_by_it_and_by_every_higher_threshold(seed, per_unit_day, units):
    given_ = calibration(scores(seed), units=units)
    threshold = budget(per_unit_day, given_)
    for value in [threshold.value, *(v for v in np.unique(given_.scores)[::7] if v > threshold.value)]:
        alarms = episodes(as_windows(given_, given_.scores > value), GAP * MINUTE).height
        assert alarms <= per_unit_day * given_.unit_days


@settings(max_examples=40)
@given(SEEDS, st.lists(st.floats(0.001, 300), min_size=2, max_size=6))
def test_a_larger_budget_never_raises_the_threshold(seed, budgets):
    values = [budget(b, calibration(scores(seed))).value for b in sorted(budgets)]
    assert values == sorted(values, reverse=True)


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 40))
def test_no_lower_threshold_would_keep_it(seed, allowed):
    given_ = calibration(scores(seed))
    thresholds, count = count_alarms(given_, GAP * MINUTE)
    value = budget((allowed + 0.5) / given_.unit_days, given_).value
    lower = count[thresholds < value]
    assert lower[-1] > allowed if count.max() > allowed else count[thresholds == value] == count.max()


def test_labelled_anomalies_cost_no_budget():
    quiet = np.random.default_rng(0).normal(0, 1, 5000)
    loud = quiet.copy()
    loud[1000:1100] = 50.0
    labels = loud == 50.0
    assert budget(3, calibration(loud, labels=labels)).value < 5
    assert budget(0.2, calibration(loud)).value >= 50.0


def test_a_budget_too_small_to_observe_goes_beyond_the_highest_score_and_says_so():
    given_ = calibration(np.random.default_rng(0).exponential(1, 2880))
    observed, extrapolated = budget(0.6, given_), budget(0.05, given_)
    assert "extrapolated" not in observed.assumption
    assert "extrapolated" in extrapolated.assumption
    assert observed.value < given_.scores.max() < extrapolated.value


def test_extrapolation_realises_the_budget_where_the_tail_is_exponential():
    """Two days to calibrate on, 0.05 alarms a day asked for; 4,000 further days give the realised rate."""
    draw = np.random.default_rng(1)
    values = [budget(0.05, calibration(draw.exponential(1, 2880))).value for _ in range(20)]
    realised = np.mean([1440 * np.exp(-value) for value in values])
    assert 0.02 < realised < 0.15


def test_a_constant_score_never_alarms():
    threshold = budget(1, calibration(np.full(3000, 7.0)))
    assert threshold.value == 7.0
    assert not threshold.flags(np.full(5, 7.0)).any()


def test_a_generous_budget_does_not_end_in_one_eternal_alarm():
    """At a threshold below everything there is one alarm only, the longest possible."""
    given_ = calibration(scores(3))
    assert 0 < budget(1e6, given_).flags(given_.scores).mean() < 0.9


def test_too_few_windows_are_refused():
    with pytest.raises(ThresholdError, match="too few normal windows"):
        budget(1, calibration(np.arange(10.0)))


def test_what_was_asked_is_remembered_as_text():
    threshold = budget(2, calibration(scores(0)))
    assert (threshold.params["per_unit_day"], threshold.params["merge_gap"]) == (2.0, "5m")
