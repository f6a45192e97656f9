"""T² and Q agree with their definitions, and with the Mahalanobis distance that they split."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc, same_bits
from anomaly_assets.detectors.checks.recordings import fault_rows, windows
from anomaly_assets.detectors.rowwise import rowwise_product
from anomaly_assets.detectors.shrinkage import ledoit_wolf


def z_of(detector: object, frame: pl.DataFrame) -> np.ndarray:
    columns = frame.select(detector.feature_names_in_).to_numpy()  # type: ignore[attr-defined]
    return (columns - detector.center_) / detector.scale_  # type: ignore[attr-defined]


def test_t2_and_q_agree_with_their_definitions() -> None:
    detector, frame = build_detector("hotelling_t2_q").fit(windows()), windows(200, seed=1, fault="correlation_break")
    z, kept = z_of(detector, frame), len(detector.inverse_)
    loadings = detector.axes_[:, :kept]
    t2 = np.einsum("ij,j->i", (z @ loadings) ** 2, detector.inverse_)
    q = ((z - z @ loadings @ loadings.T) ** 2).sum(axis=1)
    expected = np.maximum(t2 / detector.limit_t2_, q / detector.limit_q_)
    assert detector.score(frame) == pytest.approx(expected, rel=1e-9)


def test_with_every_component_kept_t2_is_the_mahalanobis_distance() -> None:
    params = {"explained": 1.0, "winsorize": None}
    detector, frame = build_detector("hotelling_t2_q", params).fit(windows()), windows(200, seed=1)
    z, training = z_of(detector, frame), z_of(detector, windows())
    distance = np.einsum("ij,jk,ik->i", z, np.linalg.inv(ledoit_wolf(training)[0]), z)
    assert detector.score(frame) * detector.limit_t2_ == pytest.approx(distance, rel=1e-6)


@pytest.mark.parametrize("quantile", [0.95, 0.99])
def test_a_share_of_training_lies_beyond_each_of_the_two_limits(quantile: float) -> None:
    detector = build_detector("hotelling_t2_q", {"quantile": quantile}).fit(windows())
    beyond = (detector.score(windows()) > 1).mean()
    assert (1 - quantile) * 0.99 < beyond < 2 * (1 - quantile) * 1.01


def test_a_broken_correlation_shows_here_and_not_in_the_levels() -> None:
    """Every reading stays in its usual range; only the company it keeps changes."""
    ranked = {}
    for kind in ("hotelling_t2_q", "deviation"):
        detector = build_detector(kind).fit(windows())
        ranked[kind] = roc_auc(detector.score(windows(seed=1)), detector.score(fault_rows("correlation_break")))
    assert ranked["hotelling_t2_q"] > 0.8 > 0.6 > ranked["deviation"]


def test_winsorizing_keeps_strange_training_windows_from_widening_the_covariance() -> None:
    """Two percent of wild windows; without the bound they hide what they look like."""
    rng = np.random.default_rng(3)
    wild = pl.col("b__raw") + pl.Series(np.where(rng.random(1500) < 0.02, 40.0, 0.0))
    training = windows().with_columns(wild.alias("b__raw"))
    ranked = {}
    for bound in (3.0, None):
        detector = build_detector("hotelling_t2_q", {"winsorize": bound, "statistics": ["raw"]}).fit(training)
        ranked[bound] = roc_auc(detector.score(windows(seed=1)), detector.score(fault_rows("correlation_break")))
    assert ranked[3.0] > 0.7 > 0.6 > ranked[None]


def test_exactly_dependent_features_give_no_false_alarms_by_rounding() -> None:
    copied = [(2 * pl.col(f"{sensor}__raw") + 1).alias(f"{sensor}__mean_30m") for sensor in "abcd"]
    detector = build_detector("hotelling_t2_q", {"explained": 0.999}).fit(windows().with_columns(copied))
    score = detector.score(windows(seed=1).with_columns(copied))
    assert (score > 1).mean() < 0.15


def test_the_shrinkage_is_ledoit_and_wolfs() -> None:
    from sklearn.covariance import ledoit_wolf as reference

    for rows, columns in ((30, 20), (500, 8), (5, 40)):
        z = np.random.default_rng(rows).standard_normal((rows, columns)) * np.arange(1, columns + 1)
        covariance, weight = ledoit_wolf(z)
        expected, expected_weight = reference(z)
        assert weight == pytest.approx(expected_weight, rel=1e-9)
        assert covariance == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_fewer_windows_than_features_still_give_an_invertible_covariance() -> None:
    z = np.random.default_rng(0).standard_normal((4, 30))
    assert np.linalg.eigvalsh(ledoit_wolf(z)[0]).min() > 0
    assert np.linalg.eigvalsh(np.cov(z.T)).min() < 1e-12


@settings(max_examples=60)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 70), st.just(9)), elements=st.floats(-1e6, 1e6)),
    st.integers(0, 70),
)
def test_a_product_by_rows_is_the_product_and_no_row_knows_its_neighbours(rows: np.ndarray, cut: int) -> None:
    weights = np.random.default_rng(1).standard_normal((9, 5))
    whole = rowwise_product(rows, weights)
    parts = [rowwise_product(part, weights) for part in (rows[:cut], np.asfortranarray(rows[cut:]))]
    assert whole == pytest.approx(rows @ weights, rel=1e-9, abs=1e-6)
    assert same_bits(np.concatenate(parts), np.ascontiguousarray(whole))
