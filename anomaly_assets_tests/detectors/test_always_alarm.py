"""It alarms always and says so in its tags."""

import numpy as np

from anomaly_assets.detectors import build_detector, detector_class, kinds
from anomaly_assets.detectors.checks.recordings import fault_rows, windows


def test_every_window_scores_one() -> None:
    detector = build_detector("always_alarm").fit(windows(10))
    assert (detector.score(fault_rows("spike")) == 1.0).all()
    assert np.unique(detector.score(windows(seed=1))).tolist() == [1.0]


def test_it_is_the_only_one_whose_every_window_is_to_be_flagged() -> None:
    assert [kind for kind in kinds() if detector_class(kind).tags.always] == ["always_alarm"]


def test_whatever_knows_nothing_is_a_baseline() -> None:
    tags = {kind: detector_class(kind).tags for kind in kinds()}
    assert {kind for kind, tag in tags.items() if tag.knows_nothing} == {"age", "always_alarm", "random_score"}
    assert all(tag.sanity_only for tag in tags.values() if tag.knows_nothing or tag.always)
