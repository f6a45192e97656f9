"""A graph scores as the platform does: every kind, any batch, missing values, strangers, readings far out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from anomaly_assets.registry.release.discovery import tolerance_of
from anomaly_assets.registry.release.onnx_model import to_onnx
from anomaly_assets_tests.registry.release.bundles import (
    FEATURES,
    KINDS,
    Runtime,
    asked,
    bundle_of,
    feed,
    plant,
    platform_scores,
    runtime,
    usual_bundle,
)

LOOSER = {"kmeans_windows", "window_nearest_neighbour"}  # the nearest is looked for in float32, by the platform
NEAR_NOUGHT = {"one_class_svm", "fusion", "forecast_residual"}
"""Sums of logarithms, which round in parts of 1, and differences of numbers that are near each other."""

READ_A_ROW = tuple(kind for kind in KINDS if usual_bundle(kind).detector.steps == 1)


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 513])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_and_flags_are_the_platforms_in_any_batch(kind: str, rows: int) -> None:
    bundle = usual_bundle(kind)
    expected = platform_scores(bundle, asked())[:rows]
    score, flag = runtime(kind)(feed(bundle, asked()), slice(rows))
    assert tolerance_of(bundle.detector).agrees(score, expected).all()
    assert (flag == bundle.require_threshold().flags(expected)).all()
    assert score.dtype == np.float64
    assert score.shape == flag.shape == (rows,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_at_the_threshold_is_normal_and_the_next_one_above_is_not(kind: str) -> None:
    bundle = usual_bundle(kind)
    expected = platform_scores(bundle, asked())
    value = bundle.require_threshold().value
    _, flag = runtime(kind)(feed(bundle, asked()))
    assert not flag[expected == value].any()
    assert flag[expected == expected[expected > value].min()].all()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - LOOSER))
def test_no_kind_promises_less_than_nine_digits_but_those_that_say_why(kind: str) -> None:
    tolerance = tolerance_of(usual_bundle(kind).detector)
    assert tolerance.relative <= 1e-9
    assert tolerance.absolute <= (1e-9 if kind in NEAR_NOUGHT else 0.0)
    assert tolerance.relative == 0 or tolerance.reason


@pytest.mark.parametrize("kind", sorted(LOOSER))
def test_kinds_that_look_in_float32_say_so_and_are_measured_closer(kind: str) -> None:
    bundle = usual_bundle(kind)
    tolerance = tolerance_of(bundle.detector)
    expected = platform_scores(bundle, asked())
    score, _ = runtime(kind)(feed(bundle, asked()))
    assert "float32" in tolerance.reason
    assert tolerance.relative < 1e-4
    np.testing.assert_allclose(score, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", READ_A_ROW)
@settings(max_examples=12)
@given(data=st.data())
def test_rows_of_any_numbers_score_alike(kind: str, data: st.DataObject) -> None:
    number = st.floats(-1e15, 1e15) | st.floats(-500, 500) | st.just(float("nan"))
    rows = data.draw(st.lists(st.lists(number, min_size=len(FEATURES), max_size=len(FEATURES)), min_size=1, max_size=4))
    bundle = usual_bundle(kind)
    numbers = pl.DataFrame(np.array(rows), schema=list(FEATURES), orient="row")
    windows = asked().head(len(rows)).drop(FEATURES).hstack(numbers).select(asked().columns)
    expected = platform_scores(bundle, windows)
    score, flag = runtime(kind)(feed(bundle, windows))
    assert tolerance_of(bundle.detector).agrees(score, expected).all()
    assert (flag == bundle.require_threshold().flags(expected)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_scores_alike_whatever_batch_it_comes_in(kind: str) -> None:
    inputs = feed(usual_bundle(kind), asked())
    whole, _ = runtime(kind)(inputs)
    for first in range(0, 40, 8):
        alone, _ = runtime(kind)(inputs, slice(first, first + 1))
        np.testing.assert_allclose(alone, whole[first : first + 1], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ["deviation", "hotelling_t2_q", "pca_reconstruction", "seasonal_residual", "cusum"])
def test_sums_in_the_platforms_order_have_its_bits(kind: str) -> None:
    score, _ = runtime(kind)(feed(usual_bundle(kind), asked()))
    assert (score == platform_scores(usual_bundle(kind), asked())).all()


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("deviation", {"cap": 3.0, "weights": {"mean": 2.0, "raw": 0.5}}),
        ("deviation", {"freedom": 2.0, "location": "winsorized"}),
        ("hotelling_t2_q", {"explained": 1.0}),
        ("pca_reconstruction", {"explained": 0.3}),
        ("isolation_forest", {"n_estimators": 3, "max_samples": 2}),
        ("isolation_forest", {"n_estimators": 3, "max_samples": 1}),
        ("local_outlier_factor", {"n_neighbors": 3, "max_rows": 4}),
        ("local_outlier_factor", {"n_neighbors": 50, "max_rows": 300}),
        ("one_class_svm", {"nu": 0.5, "gamma": 3.0}),
        ("seasonal_residual", {"cap": None}),
        ("cusum", {"cap": None, "slack": 0.0}),
        ("kmeans_windows", {"level": 1.0, "n_clusters": 1}),
        ("window_nearest_neighbour", {"level": 0.0}),
        ("sub_pca", {"n_components": 2, "ridge": 1.0}),
        ("fusion", {"combine": "max"}),
        ("fusion", {"combine": "top2"}),
        ("fusion", {"combine": "top2", "members": [{"kind": "deviation"}]}),
        ("fusion", {"members": [{"kind": "isolation_forest"}, {"kind": "local_outlier_factor"}], "tail": 0.2}),
    ],
)
def test_other_parameters_are_followed(kind: str, params: dict) -> None:
    bundle = bundle_of(kind, params)
    expected = platform_scores(bundle, asked())
    score, flag = Runtime(to_onnx(bundle))(feed(bundle, asked()))
    assert tolerance_of(bundle.detector).agrees(score, expected).all()
    assert (flag == bundle.require_threshold().flags(expected)).all()


@pytest.mark.parametrize("kind", ["local_outlier_factor", "isolation_forest", "window_nearest_neighbour"])
def test_of_neighbours_that_are_equally_near_the_same_are_chosen_among_sensors_counted_in_steps(kind: str) -> None:
    stepped = plant(400, seed=3).with_columns(pl.col(FEATURES).round(0))
    bundle = bundle_of(kind, {"statistics": ["raw"]}, conditioning=None, scaling={"per": "fleet"}, training=stepped)
    windows = plant(171, seed=8).with_columns(pl.col(FEATURES).round(0))
    expected = platform_scores(bundle, windows)
    np.testing.assert_allclose(Runtime(to_onnx(bundle))(feed(bundle, windows))[0], expected, rtol=1e-12)


@pytest.mark.parametrize("far", [1e6, 1e12, 1e300])
def test_rows_far_outside_keep_their_neighbours(far: float) -> None:
    bundle = bundle_of("local_outlier_factor", scaling={"method": "none"}, conditioning=None)
    windows = asked().with_columns(
        pl.when(pl.int_range(pl.len()) % 3 == 0).then(far).otherwise("a__raw").alias("a__raw")
    )
    score, _ = Runtime(to_onnx(bundle))(feed(bundle, windows))
    np.testing.assert_allclose(score, platform_scores(bundle, windows), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_with_one_number_changed_is_caught(kind: str) -> None:
    bundle = usual_bundle(kind)
    model = to_onnx(bundle)
    scales = bundle.scaler.to_json()["scale"]
    if bundle.detector.tags.unscaled:
        scales = bundle.detector.scale_.reshape(-1, bundle.detector.scale_.shape[-1])
    table = next(item for item in model.graph.initializer if item.dims and _holds(item, np.array(scales, dtype=float)))
    changed = numpy_helper.to_array(table) * (1 + 1e-3)
    table.CopyFrom(numpy_helper.from_array(changed, table.name))
    expected = platform_scores(bundle, asked())
    assert not tolerance_of(bundle.detector).agrees(Runtime(model)(feed(bundle, asked()))[0], expected).all()


def _holds(item: object, scales: np.ndarray) -> bool:
    """Whether a constant is a table of scales, for some of its columns."""
    array = numpy_helper.to_array(item)
    known = {tuple(column) for column in scales.T}
    return array.ndim == 2 and all(tuple(column) in known for column in array.T)


def test_a_threshold_that_is_another_windows_score_flags_as_the_platform_does() -> None:
    bundle = usual_bundle("one_class_svm")
    expected, inputs = platform_scores(bundle, asked()), feed(bundle, asked())
    for value in np.sort(expected)[10:500:70]:
        moved = replace(bundle, threshold=replace(bundle.require_threshold(), value=float(value)))
        assert (Runtime(to_onnx(moved))(inputs)[1] == (expected > value)).all()
