"""The local outlier factor is scikit-learn's on distinct windows, and is not led astray by equal ones."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector, load_detector, storage
from anomaly_assets.detectors.checks.judgement import roc_auc, same_bits
from anomaly_assets.detectors.checks.recordings import fault_rows, windows
from anomaly_assets.errors import DetectorError

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


def test_a_state_that_was_saved_in_the_order_of_time_scores_alike(tmp_path: Path) -> None:
    detector = build_detector(KIND).fit(windows())
    detector.save(tmp_path)
    saved = storage.read(tmp_path)
    for name in ("axis_", "low_", "high_"):
        saved.state.pop(name)
    mixed = np.random.default_rng(0).permutation(len(saved.state["reach_"]))
    for name in ("columns_", "reach_", "density_"):
        saved.state[name] = np.ascontiguousarray(saved.state[name][..., mixed])
    storage.write(saved, tmp_path)
    assert same_bits(load_detector(tmp_path).score(windows(seed=1)), detector.score(windows(seed=1)))


@pytest.mark.parametrize("name", ["axis_", "low_", "high_"])
def test_strips_of_other_windows_are_refused(name: str, tmp_path: Path) -> None:
    build_detector(KIND).fit(windows()).save(tmp_path)
    saved = storage.read(tmp_path)
    saved.state[name] = saved.state[name][:-1]
    storage.write(saved, tmp_path)
    with pytest.raises(DetectorError, match="strips"):
        load_detector(tmp_path)


def test_training_with_wild_values_scores_as_scikit_learn_does() -> None:
    from sklearn.neighbors import LocalOutlierFactor

    wild = windows().with_columns(
        pl.when(pl.int_range(pl.len()) % 400 == 7).then(1e6).otherwise("b__raw").alias("b__raw")
    )
    ours = build_detector(KIND).fit(wild)
    theirs = LocalOutlierFactor(novelty=True, algorithm="kd_tree").fit(numbers(wild, ours.feature_names_in_))
    for frame in (windows(seed=1), wild):
        expected = -theirs.score_samples(numbers(frame, ours.feature_names_in_))
        assert ours.score(frame) == pytest.approx(expected, rel=1e-6)
