"""The best F-beta on labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from anomaly_assets.errors import ThresholdError
from anomaly_assets.thresholds import calibrate

from .scored import calibration


def test_it_parts_what_can_be_parted():
    threshold = calibrate("f_beta", {}, calibration([1, 2, 3, 4, 5], labels=[0, 0, 0, 1, 1]))
    assert threshold.value == 3.0
    assert "F1 was 1.000" in threshold.assumption


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=40), st.sampled_from([0.5, 1, 2]))
def test_no_threshold_is_better(cases, beta):
    labels, scores = np.array(cases, dtype=float).T
    if not labels.any() or labels.all():
        return
    chosen = calibrate("f_beta", {"beta": beta}, calibration(scores, labels=labels.astype(bool)))
    best = max(fbeta_score(labels, scores > v, beta=beta, zero_division=0) for v in [-1, *scores])
    assert fbeta_score(labels, chosen.flags(scores), beta=beta) == pytest.approx(best)


def test_of_equally_good_thresholds_the_one_with_fewest_flags_is_taken():
    """Flagging 4 alone and flagging 4, 3, 2 and 1 both give F1 = 2/3."""
    threshold = calibrate("f_beta", {}, calibration([4, 3, 2, 1, 0], labels=[1, 0, 0, 1, 0]))
    assert threshold.value == 3.0


@pytest.mark.parametrize("labels", [None, [False] * 4, [True] * 4])
def test_one_sided_labels_are_refused_instead_of_flagging_everything(labels):
    with pytest.raises(ThresholdError, match="alarm_budget or quantile"):
        calibrate("f_beta", {}, calibration([1, 2, 3, 4], labels=labels))
