"""Age is the time since training began, and nothing else."""

from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc, same_bits
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import DetectorError


def test_the_score_is_the_days_since_the_earliest_training_window_in_whatever_order() -> None:
    training = windows(1441)
    detector = build_detector("age").fit(training[::-1])
    assert detector.score(training[[0, 720, 1440]]) == pytest.approx([0.0, 0.5, 1.0])
    earlier = training.with_columns(pl.col("window_start") - timedelta(days=2))
    assert detector.score(earlier[:1]) == pytest.approx([-2.0])


def test_what_the_sensors_say_does_not_matter() -> None:
    detector = build_detector("age").fit(windows())
    assert same_bits(detector.score(windows(seed=1)), detector.score(windows(seed=2, fault="level_shift")))


def test_a_recording_that_ends_in_a_fault_makes_it_look_perfect() -> None:
    """Why it is there: area under the ROC curve 1 without a look at a sensor."""
    score = build_detector("age").fit(windows(300)).score(windows(1000))
    assert roc_auc(score[:900], score[900:]) == 1.0


def test_without_a_clock_it_refuses() -> None:
    with pytest.raises(DetectorError, match="window_start"):
        build_detector("age").fit(windows().drop("window_start"))
