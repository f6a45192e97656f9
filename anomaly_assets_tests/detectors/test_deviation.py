"""Deviation adds squared robust z values over sensors and scales."""

import doctest

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector, deviation
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.detectors.location import robust_location
from anomaly_assets.errors import DetectorError


def test_the_example_in_its_docstring_is_true() -> None:
    assert doctest.testmod(deviation) == (0, 4)


def test_the_score_is_the_sum_of_squared_robust_z_values() -> None:
    normal = pl.DataFrame({"a__raw": [1.0, 2.0, 3.0, 4.0, 5.0], "b__mean_1h": [0.0, 0.0, 10.0, 20.0, 20.0]})
    asked = pl.DataFrame({"a__raw": [3.0 + 1.4826, 3.0], "b__mean_1h": [10.0, 10.0 + 14.826 * 2]})
    assert build_detector("deviation").fit(normal).score(asked) == pytest.approx([1.0, 4.0])


def test_contributions_add_up_to_the_score() -> None:
    detector, frame = build_detector("deviation").fit(windows()), windows(seed=1, fault="level_shift")
    assert detector.explain(frame).sum_horizontal().to_numpy() == pytest.approx(detector.score(frame), rel=1e-12)


def test_a_tenth_of_strange_training_windows_hardly_moves_the_middle_and_the_spread() -> None:
    """Negative control beside it: mean and standard deviation do move."""
    clean = windows().select("a__raw").to_numpy()
    dirty = np.where(np.arange(len(clean))[:, None] % 10 == 0, 50.0, clean)
    center, scale = robust_location(dirty)
    assert abs(center[0]) < 0.25
    assert 0.8 < scale[0] < 1.3
    assert dirty.mean() > 4
    assert dirty.std() > 10


@pytest.mark.parametrize(
    ("column", "expected"), [([7.0] * 9, 1.0), ([0.1 + 0.2, 0.3, 0.3], 1.0), ([0.0] * 8 + [9.0], 2.83)]
)
def test_the_spread_of_a_constant_or_rarely_changing_feature(column: list[float], expected: float) -> None:
    """Where no spread can be told, the unit of scaled features stands in; a division by rounding never happens."""
    assert robust_location(np.array(column)[:, None])[1][0] == pytest.approx(expected, abs=0.01)


def test_weights_name_statistics_and_the_longest_name_wins() -> None:
    frame = pl.DataFrame({"a__raw": [0.0, 1.0, 2.0], "a__mean_1h": [0.0, 1.0, 2.0], "a__mean_6h": [0.0, 1.0, 2.0]})
    detector = build_detector("deviation", {"weights": {"mean": 0.0, "mean_6h": 3.0}}).fit(frame)
    unit = build_detector("deviation", {"statistics": ["raw"]}).fit(frame)
    assert detector.score(frame) == pytest.approx(4 * unit.score(frame))


def test_a_cap_bounds_what_one_feature_can_add() -> None:
    far = windows().with_columns(pl.lit(1e6).alias("a__raw"))
    capped = build_detector("deviation", {"cap": 10}).fit(windows())
    assert capped.explain(far)["a"].max() < 200
    assert build_detector("deviation").fit(windows()).explain(far)["a"].min() > 1e11


def test_a_fleet_without_readings_or_means_must_say_which_statistics_it_wants() -> None:
    spread_only = windows().select(pl.selectors.contains("std"))
    with pytest.raises(DetectorError, match="raw, mean"):
        build_detector("deviation").fit(spread_only)
    build_detector("deviation", {"statistics": None}).fit(spread_only)


def test_a_small_lasting_shift_shows_in_the_trailing_mean_and_drowns_in_the_reading() -> None:
    shifted = [pl.col(f"b__{name}") + by for name, by in (("raw", 0.5), ("mean_30m", 0.5 * 30**0.5))]
    ranked = {}
    for statistic in ("raw", "mean"):
        detector = build_detector("deviation", {"statistics": [statistic]}).fit(windows())
        normal = detector.score(windows(seed=1))
        ranked[statistic] = (detector.score(windows(seed=1).with_columns(shifted)) > np.quantile(normal, 0.95)).mean()
    assert ranked["mean"] > 2 * ranked["raw"]
