"""Only what leaves the plane of the usual correlations counts, and each feature's share of it is told."""

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.checks.recordings import fault_rows, windows

KIND = "pca_reconstruction"


def z_of(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    columns = frame.select(detector.feature_names_in_).to_numpy()
    return (columns - detector.center_) / detector.scale_


def test_the_score_is_the_squared_distance_from_the_plane() -> None:
    detector, frame = build_detector(KIND).fit(windows()), windows(200, seed=1, fault="correlation_break")
    z, axes = z_of(detector, frame), detector.axes_
    assert 1 <= axes.shape[1] < axes.shape[0]
    assert axes.T @ axes == pytest.approx(np.eye(axes.shape[1]), abs=1e-9)
    assert detector.score(frame) == pytest.approx(((z - z @ axes @ axes.T) ** 2).sum(axis=1), rel=1e-9)


def test_it_is_the_q_of_the_detector_that_also_looks_within_the_plane() -> None:
    frame = windows(200, seed=1)
    q_alone, both = (build_detector(kind).fit(windows()) for kind in (KIND, "hotelling_t2_q"))
    assert q_alone.score(frame) == pytest.approx(both._statistics(both._components(numbers(both, frame)))[1], rel=1e-6)


def numbers(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    return frame.select(detector.feature_names_in_).to_numpy()


def test_a_swing_that_all_sensors_share_is_not_seen_and_half_of_it_in_one_of_them_is() -> None:
    training = windows().select(pl.selectors.ends_with("__raw"))
    normal = windows(seed=1).select(training.columns)
    detector = build_detector(KIND).fit(training)
    together, alone = normal.select(pl.all() + 3.0), normal.with_columns(pl.col("b__raw") + 1.5)
    assert roc_auc(detector.score(normal), detector.score(together)) < 0.6
    assert roc_auc(detector.score(normal), detector.score(alone)) > 0.9


def test_contributions_are_squared_residuals_and_add_up_to_the_score() -> None:
    detector, frame = build_detector(KIND).fit(windows()), fault_rows("level_shift")
    left = (numbers(detector, frame) - detector.expected(frame).to_numpy()) / detector.scale_
    of_b = [name.startswith("b__") for name in detector.feature_names_in_]
    parts = detector.explain(frame)
    assert parts["b"].to_numpy() == pytest.approx((left[:, of_b] ** 2).sum(axis=1), rel=1e-6)
    assert parts.sum_horizontal().to_numpy() == pytest.approx(detector.score(frame), rel=1e-9)


def test_one_axis_is_always_left_to_the_residual() -> None:
    """Otherwise everything is explained, and every window scores nought."""
    for columns in (["a__raw"], ["a__raw", "b__raw"]):
        detector = build_detector(KIND, {"explained": 1.0}).fit(windows().select(columns))
        far = windows(seed=1).select(columns).with_columns(pl.col("a__raw") + 8.0)
        assert roc_auc(detector.score(windows(seed=1)), detector.score(far)) > 0.99


def test_the_expected_value_of_a_faulty_sensor_is_nearer_to_what_it_was_than_what_it_says() -> None:
    detector, broken, sound = build_detector(KIND).fit(windows()), fault_rows("level_shift"), windows(seed=2)[30:]
    expected, truth, told = (frame["b__raw"].to_numpy() for frame in (detector.expected(broken), sound, broken))
    assert np.abs(expected - truth).mean() < 0.6 * np.abs(told - truth).mean()
