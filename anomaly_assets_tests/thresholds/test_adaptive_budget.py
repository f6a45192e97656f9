"""Where an adaptive threshold starts."""

import json

import numpy as np
import pytest

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import Threshold, calibrate

from .scored import calibration


def test_it_starts_where_the_share_exceeds_it_and_says_that_it_adapts():
    threshold = calibrate("adaptive_budget", {"share": 0.05}, calibration(np.arange(1000.0)))
    assert threshold.flags(np.arange(1000.0)).mean() == 0.05
    assert threshold.adapts
    assert not calibrate("quantile", {}, calibration(np.arange(1000.0))).adapts


def test_what_following_needs_survives_json():
    threshold = calibrate("adaptive_budget", {"growth": 3}, calibration(np.arange(1001.0)))
    read = Threshold.from_json(json.loads(json.dumps(threshold.to_json())))
    assert read == threshold
    assert (read.params["centre_"], read.params["growth"]) == (500.0, 3.0)


def test_labelled_anomalies_do_not_raise_it():
    scores = np.concatenate([np.arange(1000.0), np.full(500, 1e6)])
    assert calibrate("adaptive_budget", {}, calibration(scores, labels=scores > 1000)).value == 989.0


def test_too_few_windows_are_refused():
    with pytest.raises(ThresholdError, match="at least 100"):
        calibrate("adaptive_budget", {}, calibration(np.arange(99.0)))


def test_an_absolute_limit_below_the_start_is_refused():
    with pytest.raises(ThresholdError, match="absolute limit"):
        calibrate("adaptive_budget", {"absolute_limit": 500}, calibration(np.arange(1000.0)))


def test_scores_without_variation_say_that_it_can_not_move():
    assert "no width" in calibrate("adaptive_budget", {}, calibration(np.full(200, 3.0))).assumption
