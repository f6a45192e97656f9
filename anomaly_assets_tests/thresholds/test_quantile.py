"""The quantile of normal scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import calibrate

from .scored import calibration


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=300), st.floats(0.01, 0.95))
def test_no_more_than_the_share_is_flagged_and_a_lower_score_would_flag_more(scores, q):
    threshold = calibrate("quantile", {"q": q}, calibration(scores))
    assert threshold.flags(scores).mean() <= 1 - q + 1e-12
    below = max((s for s in scores if s < threshold.value), default=None)
    assert below is None or np.mean(np.array(scores) > below) > 1 - q - 1e-12


def test_labelled_anomalies_do_not_raise_it():
    scores = np.concatenate([np.arange(1000.0), np.full(500, 1e6)])
    with_labels = calibrate("quantile", {}, calibration(scores, labels=scores > 1000))
    assert with_labels.value == 989.0
    assert calibrate("quantile", {}, calibration(scores)).value == 1e6
    assert with_labels.windows == 1000


def test_too_few_windows_are_refused_with_the_number_needed():
    with pytest.raises(ThresholdError, match="at least 100"):
        calibrate("quantile", {"q": 0.99}, calibration(np.arange(99.0)))
    assert calibrate("quantile", {"q": 0.99}, calibration(np.arange(100.0))).value == 98.0
