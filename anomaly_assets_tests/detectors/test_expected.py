"""What every feature should have been: of the right shape and name, finite, each row for itself, and near the truth."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, DetectorTags, build_detector, detector_class, expected_windows, kinds
from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import DetectorError

TABULAR = [kind for kind in kinds() if detector_class(kind).tags.reads == "tabular"]
EXPECTING = [kind for kind in TABULAR if detector_class(kind).tags.expects]


def timed(frame: pl.DataFrame) -> pl.DataFrame:
    """The same windows, one every half hour."""
    first = datetime(2024, 3, 4, tzinfo=UTC)
    start = pl.datetime_range(first, first + (frame.height - 1) * timedelta(minutes=30), "30m", eager=True)
    start = start.cast(pl.Datetime("us", "UTC"))
    return frame.with_columns(start.alias("window_start"), (start + timedelta(minutes=30)).alias("window_end"))


@lru_cache
def learnt(kind: str) -> Detector:
    return build_detector(kind).fit(timed(windows()))


@pytest.mark.parametrize("kind", EXPECTING)
def test_every_feature_has_a_finite_expected_value_under_its_own_name(kind: str) -> None:
    detector, frame = learnt(kind), timed(windows(300, seed=1, fault="spike"))
    expected = detector.expected(frame)
    assert tuple(expected.columns) == detector.feature_names_in_
    assert expected.height == frame.height
    assert np.isfinite(expected.to_numpy()).all()
    assert detector.expected(frame.clear()).shape == (0, len(detector.feature_names_in_))


@pytest.mark.parametrize("kind", EXPECTING)
def test_expected_values_in_chunks_have_the_bits_of_the_whole(kind: str) -> None:
    detector, frame = learnt(kind), timed(windows(300, seed=1, fault="spike"))
    whole = detector.expected(frame).to_numpy(order="c")
    for length in (1, 7, 64):
        parts = [detector.expected(frame[start : start + length]).to_numpy() for start in range(0, 300, length)]
        assert same_bits(np.ascontiguousarray(np.concatenate(parts)), whole)


@pytest.mark.parametrize("kind", EXPECTING)
def test_a_saved_detector_expects_the_same(kind: str, tmp_path: Path) -> None:
    detector, frame = learnt(kind), timed(windows(50, seed=1))
    detector.save(tmp_path)
    assert type(detector).load(tmp_path).expected(frame).equals(detector.expected(frame))


@pytest.mark.parametrize("kind", EXPECTING)
def test_normal_windows_are_about_as_expected(kind: str) -> None:
    detector, frame = learnt(kind), timed(windows(seed=1))
    there = frame.select(detector.feature_names_in_).to_numpy()
    assert np.median(np.abs(there - detector.expected(frame).to_numpy())) < 1.0


def test_the_middle_is_what_a_deviation_deviates_from() -> None:
    detector = learnt("deviation")
    assert np.unique(detector.expected(windows(30)).to_numpy(), axis=0) == pytest.approx(detector.center_[None])


def t2_plus_q(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    """The index that contributions of `hotelling_t2_q` belong to: T² and Q added up in their units."""
    z = (frame.select(detector.feature_names_in_).to_numpy() - detector.center_) / detector.scale_
    along, kept = z @ detector.axes_, len(detector.inverse_)
    t2, q = (along[:, :kept] ** 2 * detector.inverse_).sum(axis=1), (along[:, kept:] ** 2).sum(axis=1)
    return t2 / detector.limit_t2_ + q / detector.limit_q_


def test_a_sensor_put_where_the_others_expect_it_takes_its_contribution_off_the_index() -> None:
    detector, frame = learnt("hotelling_t2_q"), windows(200, seed=1, fault="correlation_break")
    expected, contributions = detector.expected(frame), detector.explain(frame)
    for sensor in contributions.columns:
        mended = frame.with_columns(expected.select(pl.col(f"^{sensor}__.*$")))
        fall = t2_plus_q(detector, frame) - t2_plus_q(detector, mended)
        assert fall == pytest.approx(contributions[sensor].to_numpy(), rel=1e-6, abs=1e-9)


def test_what_is_expected_of_a_sensor_is_not_told_by_the_sensor_itself() -> None:
    detector, frame = learnt("hotelling_t2_q"), windows(50, seed=1)
    sensor = detector.explain(frame).columns[0]
    wild = frame.with_columns(pl.col(f"^{sensor}__.*$") + 100.0)
    own = [name for name in detector.feature_names_in_ if name.startswith(f"{sensor}__")]
    assert detector.expected(wild).select(own).equals(detector.expected(frame).select(own))


def test_a_method_that_expects_nothing_says_so_and_an_unfitted_one_is_refused() -> None:
    assert learnt("isolation_forest").expected(windows(3)) is None
    with pytest.raises(DetectorError, match="not fitted"):
        build_detector("deviation").expected(windows(3))


class MeanOfHistory(Detector):
    """Expects the mean of the last three windows."""

    tags = DetectorTags(deterministic=True, explains=False, expects=True, reads="sequence")
    steps = 3

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        self.width_ = len(names)

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, -1]

    def _expected(self, matrix: np.ndarray) -> np.ndarray:
        return matrix.reshape(len(matrix), self.width_, self.steps).mean(axis=2)


def test_only_wanted_windows_are_asked_about_and_the_others_serve_as_history() -> None:
    frame = timed(pl.DataFrame({"unit_id": ["u"] * 5, "a__raw": [0.0, 3.0, 6.0, 9.0, 30.0]}))
    wanted = np.array([False, False, True, False, True])
    detector = MeanOfHistory()
    detector.width_, detector.feature_names_in_ = 1, ("a__raw",)
    assert expected_windows(detector, frame, wanted)["a__raw"].to_list() == pytest.approx([3.0, 15.0])
    assert expected_windows(detector, frame, ~wanted & wanted) is None
    flat = build_detector("deviation").fit(frame)
    assert expected_windows(flat, frame, wanted)["a__raw"].to_list() == [6.0, 6.0]
    assert expected_windows(learnt("isolation_forest"), timed(windows(2)), np.array([True, False])) is None
