"""The forest's own walk gives scikit-learn's scores; scikit-learn is asked here, as the reference."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector, load_detector, storage
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.checks.recordings import fault_rows, windows
from anomaly_assets.detectors.forest import average_path_length, float32_floor
from anomaly_assets.errors import DetectorError


def reference(detector: object, training: pl.DataFrame, params: dict[str, int]) -> object:
    from sklearn.ensemble import IsolationForest

    matrix = training.select(detector.feature_names_in_).to_numpy().astype(np.float32)  # type: ignore[attr-defined]
    drawn = min(params["max_samples"], training.height)
    settings = {"n_estimators": params["n_estimators"], "max_samples": drawn, "random_state": params["seed"]}
    return IsolationForest(**settings).fit(matrix)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        (1500, {"n_estimators": 50, "max_samples": 256, "seed": 0}),
        (1500, {"n_estimators": 7, "max_samples": 1500, "seed": 9}),
        (3, {"n_estimators": 20, "max_samples": 256, "seed": 1}),
        (1, {"n_estimators": 3, "max_samples": 1, "seed": 1}),
    ],
)
def test_scores_are_scikit_learns_with_the_sign_turned(rows: int, params: dict[str, int]) -> None:
    training = windows()[:rows]
    detector = build_detector("isolation_forest", params).fit(training)
    asked = pl.concat([windows(seed=1), fault_rows("spike"), training])
    expected = -reference(detector, training, params).score_samples(  # type: ignore[attr-defined]
        asked.select(detector.feature_names_in_).to_numpy().astype(np.float32)
    )
    score = detector.score(asked)
    assert np.abs(score - expected).max() <= 3e-16
    for share in (0.5, 0.9, 0.99):  # no decision changes
        assert ((score > np.quantile(score, share)) == (expected > np.quantile(expected, share) + 3e-16)).mean() > 0.999


def test_readings_that_equal_a_threshold_go_the_way_scikit_learn_sends_them() -> None:
    """Coarse readings hit thresholds and their float32 neighbours again and again."""
    params = {"n_estimators": 40, "max_samples": 64, "seed": 2}
    coarse = windows().with_columns(pl.selectors.numeric().round(1))
    detector = build_detector("isolation_forest", params).fit(coarse)
    inner = detector.feature_ >= 0
    edges = detector.threshold_[np.isfinite(detector.threshold_) & inner]
    column = np.concatenate([np.nextafter(edges, np.float32(way)) for way in (-np.inf, np.inf)] + [edges])
    frame = pl.DataFrame({name: column.astype(np.float64) for name in detector.feature_names_in_})
    expected = -reference(detector, coarse, params).score_samples(  # type: ignore[attr-defined]
        frame.to_numpy().astype(np.float32)
    )
    assert np.abs(detector.score(frame) - expected).max() <= 3e-16


def test_rounding_down_asks_the_same_question_of_every_float32() -> None:
    thresholds = np.random.default_rng(0).standard_normal(2000)
    floor = float32_floor(thresholds)
    for near in (floor, np.nextafter(floor, np.float32(np.inf)), np.nextafter(floor, np.float32(-np.inf))):
        assert ((near.astype(np.float64) <= thresholds) == (near <= floor)).all()
    nearest = thresholds.astype(np.float32)
    assert ((nearest.astype(np.float64) <= thresholds) != (nearest <= nearest)).any()  # plain rounding does not


def test_the_expected_path_of_one_two_and_many_windows() -> None:
    """Values of the paper's c(n): 0, 1, then 2 H(n - 1) - 2 (n - 1) / n with H by logarithm."""
    assert average_path_length(np.array([1, 2, 3, 256])) == pytest.approx([0.0, 1.0, 1.2074, 10.2448], abs=1e-4)


def test_scores_lie_between_zero_and_one_and_the_strange_come_first() -> None:
    detector = build_detector("isolation_forest").fit(windows())
    normal, spike = detector.score(windows(seed=1)), detector.score(fault_rows("spike"))
    assert 0 < min(normal.min(), spike.min()) < max(normal.max(), spike.max()) < 1
    assert roc_auc(normal, spike) > 0.8


def test_another_seed_is_another_forest() -> None:
    one, other = (build_detector("isolation_forest", {"seed": seed}).fit(windows()) for seed in (0, 1))
    assert not np.array_equal(one.score(windows()), other.score(windows()))


def test_a_contribution_is_the_drop_of_the_score_when_the_sensor_shows_its_training_medians() -> None:
    detector, frame = build_detector("isolation_forest").fit(windows()), windows(200, seed=1, fault="spike")
    explained = detector.explain(frame)
    for sensor in explained.columns:
        own = [name for name in detector.feature_names_in_ if name.startswith(f"{sensor}__")]
        ablated = frame.with_columns(pl.lit(windows()[name].median()).alias(name) for name in own)
        drop = detector.score(frame) - detector.score(ablated)
        assert np.array_equal(explained[sensor].to_numpy(), np.maximum(drop, 0.0))


def test_a_window_of_medians_has_nobody_to_blame() -> None:
    detector = build_detector("isolation_forest").fit(windows())
    middle = pl.DataFrame(dict(zip(detector.feature_names_in_, detector.median_, strict=True)))
    assert not detector.explain(middle).to_numpy().any()


def test_a_forest_that_was_saved_without_medians_takes_the_middle_of_scaled_features(tmp_path: Path) -> None:
    build_detector("isolation_forest", {"n_estimators": 5}).fit(windows()).save(tmp_path)
    saved = storage.read(tmp_path)
    saved.state.pop("median_")
    storage.write(saved, tmp_path)
    assert not load_detector(tmp_path).median_.any()
    storage.write(storage.Saved(**vars(saved) | {"state": saved.state | {"median_": np.zeros(3)}}), tmp_path)
    with pytest.raises(DetectorError, match="medians"):
        load_detector(tmp_path)
