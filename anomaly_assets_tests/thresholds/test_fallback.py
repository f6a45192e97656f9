"""A method that needs labels, where nobody labelled."""

import numpy as np
import pytest

from anomaly_assets.errors import ConfigError, ThresholdError
from anomaly_assets.thresholds import calibrate, calibrate_or_fall_back

from .scored import calibration

BUDGET = ("adaptive_budget", {"share": 0.02})
SCORES = np.arange(1000.0)


@pytest.mark.parametrize("labels", [None, np.zeros(1000, dtype=bool)])
def test_it_falls_back_and_says_so_in_the_threshold_too(labels):
    threshold, told = calibrate_or_fall_back("f_beta", {}, calibration(SCORES, labels=labels), BUDGET)
    assert told.startswith("f_beta needs labelled anomalies and none of the 1000")
    assert threshold.assumption.startswith(told)
    assert (threshold.method, threshold.value) == ("adaptive_budget", 979.0)


def test_it_does_not_where_something_is_labelled():
    given = calibration(SCORES, labels=SCORES > 990)
    assert calibrate_or_fall_back("f_beta", {}, given, BUDGET) == (calibrate("f_beta", {}, given), None)


def test_a_method_without_labels_needs_no_fallback():
    given = calibration(SCORES)
    assert calibrate_or_fall_back("quantile", {}, given, BUDGET) == (calibrate("quantile", {}, given), None)


def test_any_other_refusal_stays_a_refusal():
    with pytest.raises(ThresholdError, match="too few"):
        calibrate_or_fall_back("quantile", {}, calibration([1.0]), BUDGET)
    with pytest.raises(ThresholdError, match="too few"):
        calibrate_or_fall_back("f_beta", {}, calibration([1.0]), BUDGET)


@pytest.mark.parametrize(
    ("method", "params", "fallback"),
    [("f_beta", {"bta": 1}, BUDGET), ("f_beta", {}, ("f_beta", {})), ("quantile", {}, ("adaptive_budgt", {}))],
)
def test_a_mistake_in_either_is_told_even_when_it_is_not_used(method, params, fallback):
    with pytest.raises(ConfigError):
        calibrate_or_fall_back(method, params, calibration(SCORES, labels=SCORES > 990), fallback)
