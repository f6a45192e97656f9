"""The local outlier factor is scikit-learn's on distinct windows, and is not led astray by equal ones."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc, same_bits
from anomaly_assets.detectors.checks.recordings import fault_rows, windows
from anomaly_assets.detectors.distance_kernel import nearest_references

KIND = "local_outlier_factor"


def numbers(frame: pl.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    return np.ascontiguousarray(frame.select(columns).to_numpy())


@pytest.mark.parametrize(("statistics", "k"), [(["raw"], 20), (["raw", "mean"], 5), (None, 40)])
def test_scores_are_scikit_learns(statistics: list[str] | None, k: int) -> None:
    from sklearn.neighbors import LocalOutlierFactor

    ours = build_detector(KIND, {"statistics": statistics, "n_neighbors": k}).fit(windows())
    theirs = LocalOutlierFactor(n_neighbors=k, novelty=True).fit(numbers(windows(), ours.feature_names_in_))
    for frame in (windows(seed=1), fault_rows("spike"), fault_rows("drift")):
        expected = -theirs.score_samples(numbers(frame, ours.feature_names_in_))
        assert ours.score(frame) == pytest.approx(expected, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(width=st.integers(1, 9), references=st.integers(1, 1300), k=st.integers(1, 30), seed=st.integers(0, 99))
def test_neighbours_are_those_that_a_full_sort_finds(width: int, references: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, remembered = rng.standard_normal((20, width)), rng.standard_normal((references, width))
    k = min(k, references)
    squared, index = nearest_references(rows, np.ascontiguousarray(remembered.T), k)
    everything = ((rows[:, None] - remembered) ** 2).sum(axis=2)
    assert squared == pytest.approx(np.sort(everything, axis=1)[:, :k])
    assert np.take_along_axis(everything, index, axis=1) == pytest.approx(squared)


def test_a_thin_but_usual_region_is_no_outlier_and_the_same_distance_from_a_dense_one_is() -> None:
    """What a single spread for all windows can't say."""
    rng = np.random.default_rng(0)
    clouds = [rng.normal(0.0, 0.1, (500, 2)), rng.normal(20.0, 2.0, (500, 2))]
    training = pl.DataFrame(np.concatenate(clouds), schema=["a__raw", "b__raw"])
    near_dense, in_thin = (
        build_detector(KIND).fit(training).score(pl.DataFrame({"a__raw": [1.0, 21.0], "b__raw": [0.0, 20.0]}))
    )
    assert near_dense > 3 > 1.2 > in_thin


def test_windows_of_a_sensor_that_stood_still_don_t_make_everything_beside_them_strange() -> None:
    """Negative control beside it: scikit-learn with its defaults gives them densities of 10^10."""
    from sklearn.neighbors import LocalOutlierFactor

    still = pl.concat([windows(), *[windows()[:1]] * 60])
    ours = build_detector(KIND).fit(still)
    theirs = LocalOutlierFactor(novelty=True).fit(numbers(still, ours.feature_names_in_))
    beside = windows()[:1].with_columns(pl.col("a__raw") + 0.01)
    assert ours.score(beside)[0] < 3
    assert -theirs.score_samples(numbers(beside, ours.feature_names_in_))[0] > 1e6
    assert same_bits(ours.score(beside), build_detector(KIND).fit(windows()).score(beside))


def test_contributions_add_up_to_the_score() -> None:
    detector, frame = build_detector(KIND).fit(windows()), windows(300, seed=1, fault="level_shift")
    assert detector.explain(frame).sum_horizontal().to_numpy() == pytest.approx(detector.score(frame), rel=1e-9)


def test_what_was_expected_is_the_mean_of_the_nearest_training_windows() -> None:
    training = pl.DataFrame({"a__raw": [0.0, 1.0, 2.0, 50.0, 51.0], "b__raw": [0.0, 0.0, 0.0, 9.0, 9.0]})
    detector = build_detector(KIND, {"n_neighbors": 3}).fit(training)
    assert detector.expected(pl.DataFrame({"a__raw": [1.1], "b__raw": [5.0]})).row(0) == pytest.approx((1.0, 0.0))


def test_no_more_windows_are_remembered_than_asked_for_and_they_span_the_training() -> None:
    training = pl.DataFrame({"a__raw": np.arange(1000.0)})
    detector = build_detector(KIND, {"max_rows": 100}).fit(training)
    assert detector.columns_.shape == (1, 100)
    assert detector.columns_[0, [0, -1]].tolist() == [0.0, 999.0]
    assert np.diff(detector.columns_[0]).max() <= 11


def test_fewer_remembered_windows_still_see_a_broken_correlation() -> None:
    detector = build_detector(KIND, {"max_rows": 300}).fit(windows())
    assert roc_auc(detector.score(windows(seed=1)), detector.score(fault_rows("correlation_break"))) > 0.75
