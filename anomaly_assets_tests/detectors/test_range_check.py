"""Inside the ranges of training nothing counts, outside the distance in units of the range."""

import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.checks.recordings import fault_rows, windows

TRAINING = pl.DataFrame({"a__raw": [0.0, 1.0, 2.0], "a__mean_1h": [0.0, 5.0, 10.0], "b__raw": [-1.0, 0.0, 1.0]})


def test_the_score_is_the_largest_distance_in_units_of_the_range() -> None:
    asked = pl.DataFrame({"a__raw": [1.0, 3.0, -4.0], "a__mean_1h": [10.0, 20.0, 0.0], "b__raw": [-1.0, 1.5, 3.0]})
    detector = build_detector("range_check").fit(TRAINING)
    assert detector.score(asked).tolist() == pytest.approx([0.0, 1.0, 2.0])
    assert detector.explain(asked).to_dict(as_series=False) == {"a": [0.0, 1.0, 2.0], "b": [0.0, 0.25, 1.0]}


def test_no_training_window_lies_outside() -> None:
    assert build_detector("range_check").fit(windows()).score(windows()).max() == 0.0


def test_a_feature_that_never_moved_is_measured_in_scale_units() -> None:
    flat = build_detector("range_check").fit(TRAINING.with_columns(pl.lit(7.0).alias("b__raw")))
    assert flat.score(TRAINING[:1].with_columns(pl.lit(7.5).alias("b__raw"))).tolist() == [0.5]


def test_one_wild_training_window_blinds_it_and_not_the_detector_beside_it() -> None:
    """Why it is a baseline and no detector."""
    wild = windows().with_columns(pl.when(pl.int_range(pl.len()) == 700).then(50.0).otherwise("b__raw").alias("b__raw"))
    wild = wild.with_columns(pl.lit(0.0).alias("b__mean_30m"))
    ranked = {}
    for kind in ("range_check", "deviation"):
        detector = build_detector(kind, {"statistics": ["raw"]}).fit(wild)
        ranked[kind] = roc_auc(detector.score(windows(seed=1)), detector.score(fault_rows("level_shift")))
    assert ranked["deviation"] > 0.9 > 0.6 > ranked["range_check"]
