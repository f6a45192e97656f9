"""The baseline is random over rows and fixed for each row."""

import numpy as np
import polars as pl

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.recordings import windows


def test_scores_are_spread_evenly_over_the_unit_interval() -> None:
    frame = windows(20_000)
    score = build_detector("random_score").fit(frame).score(frame)
    counts = np.histogram(score, bins=20, range=(0, 1))[0]
    assert score.min() >= 0
    assert score.max() < 1
    assert np.abs(counts - 1000).max() < 150


def test_the_next_row_can_not_be_told_from_this_one() -> None:
    frame = windows(20_000)
    score = build_detector("random_score").fit(frame).score(frame)
    assert abs(np.corrcoef(score[1:], score[:-1])[0, 1]) < 0.03
    assert abs(np.corrcoef(score, frame["a__raw"])[0, 1]) < 0.03


def test_equal_rows_score_equally_and_another_seed_differently() -> None:
    twice = pl.DataFrame({"a__raw": [0.0, -0.0, 1.0, 1.0]})
    one, other = (build_detector("random_score", {"seed": seed}).fit(twice).score(twice) for seed in (1, 2))
    assert one[0] == one[1] != one[2] == one[3]
    assert (one != other).all()


def test_the_smallest_change_of_a_value_changes_the_score() -> None:
    near = pl.DataFrame({"a__raw": [1.0, np.nextafter(1.0, 2.0)]})
    score = build_detector("random_score").fit(near).score(near)
    assert abs(score[0] - score[1]) > 1e-3
