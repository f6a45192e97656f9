"""Promise against outcome."""

import math

import numpy as np
import pytest

from anomaly_assets.thresholds import calibrate, calibration_table, realised_share

from .scored import calibration

RNG = np.random.default_rng(0)
KNOWN, LATER = RNG.exponential(1, 5000), RNG.exponential(1, 20_000)


def test_every_method_keeps_its_promise_where_nothing_changes():
    table = calibration_table(calibration(KNOWN), calibration(LATER))
    assert table.height == 8
    assert table["refused"].null_count() == 8
    assert table.filter(target=0.01)["ratio"].is_between(0.57, 1.43).all()  # 50 of 5,000 windows: 3 sigma
    assert table["ratio"].to_list() == pytest.approx((table["realised"] / table["target"]).to_list())


def test_under_drift_only_the_adaptive_one_does():
    drifting = calibration(LATER + np.arange(20_000) / 4000)
    table = calibration_table(calibration(KNOWN), drifting, [0.01])
    ratio = dict(zip(table["method"], table["ratio"], strict=True))
    assert ratio.pop("adaptive_budget") < 1.5
    assert min(ratio.values()) > 5


def test_a_refusal_stands_in_the_table_with_its_reason():
    table = calibration_table(calibration(KNOWN[:500]), calibration(LATER), [0.001])
    assert table["realised"].null_count() == 4
    assert "smallest attainable" in table.filter(method="split_conformal")["refused"].item()


def test_labelled_windows_are_no_false_alarms():
    scores = np.concatenate([LATER, np.full(5000, 99.0)])
    with_labels = calibration_table(calibration(KNOWN), calibration(scores, labels=scores == 99.0), [0.01])
    assert with_labels["ratio"].max() < 1.5


def test_no_windows_have_no_share():
    assert math.isnan(realised_share(calibrate("quantile", {}, calibration(KNOWN)), calibration([])))
