"""What the detector reads inside a graph has the bits of what the bundle prepares, however features are conditioned."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors.sequences import history_index
from anomaly_assets.errors import ReleaseError
from anomaly_assets.features import Conditioner
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.graph import Graph
from anomaly_assets.registry.release.onnx_model import to_onnx
from anomaly_assets.registry.release.preparation import prepare
from anomaly_assets_tests.registry.release.bundles import (
    STEPS,
    Runtime,
    asked,
    bundle_of,
    feed,
    plant,
    platform_scores,
)

WAYS = list(product(["robust", "standard", "none"], ["unit", "fleet"], [None, "regress", "modes"]))


@pytest.mark.parametrize(("method", "per", "conditioning"), WAYS)
@pytest.mark.parametrize("kind", ["deviation", "cusum"])
def test_rows_and_histories_are_prepared_to_the_bit(kind: str, method: str, per: str, conditioning: str | None) -> None:
    bundle = bundle_of(kind, scaling={"method": method, "per": per}, conditioning=conditioning)
    assert (_prepared(bundle, asked()) == _expected(bundle, asked())).all()


@pytest.mark.parametrize("method", ["robust", "none"])
@pytest.mark.parametrize("conditioning", [None, "regress", "modes"])
def test_infinite_readings_count_as_they_do_in_the_scaler(method: str, conditioning: str | None) -> None:
    row = pl.int_range(pl.len())
    wild = pl.when(row % 3 == 0).then(float("inf")).when(row % 5 == 0).then(float("-inf"))
    windows = asked().with_columns(wild.otherwise(name).alias(name) for name in ("b__raw", "load__raw"))
    bundle = bundle_of("deviation", scaling={"method": method}, conditioning=conditioning)
    assert (_prepared(bundle, windows) == _expected(bundle, windows)).all()


def test_a_feature_that_training_never_saw_is_neutral() -> None:
    unseen = plant(400, seed=0).with_columns(pl.lit(None, pl.Float64).alias("d__raw"))
    bundle = bundle_of("deviation", conditioning=None, training=unseen)
    prepared = _prepared(bundle, asked())
    assert (prepared[:, bundle.detector.feature_names_in_.index("d__raw")] == 0).all()
    assert (prepared == _expected(bundle, asked())).all()


def test_a_setting_without_say_may_be_missing_and_one_that_could_not_be_learnt_leaves_no_value() -> None:
    bundle = bundle_of("deviation")
    bundle.conditioner.slope_[0], bundle.conditioner.slope_[1] = 0.0, np.nan
    names = list(bundle.detector.feature_names_in_)
    prepared = _prepared(bundle, asked())
    assert (prepared == _expected(bundle, asked())).all()
    assert (prepared[:, names.index("b__raw")] == 0).all()
    assert np.count_nonzero(prepared[::19, names.index("a__raw")]) > 10


@pytest.mark.parametrize(
    ("scaling", "inputs"),
    [
        ({"per": "unit"}, {"features", "unit"}),
        ({"per": "fleet"}, {"features"}),
        ({"per": "unit", "method": "none"}, {"features"}),
    ],
)
def test_the_unit_is_asked_for_where_units_have_scales_of_their_own(scaling: dict, inputs: set[str]) -> None:
    assert set(_inputs(bundle_of("deviation", scaling=scaling))) == inputs


def test_the_clock_is_asked_for_by_detectors_that_look_at_it() -> None:
    assert set(_inputs(bundle_of("seasonal_residual", scaling={"per": "fleet"}))) == {"features", "clock"}


def test_a_feature_that_the_manifest_does_not_name_is_an_error_that_names_it() -> None:
    bundle = bundle_of("deviation")
    bundle.manifest.__dict__["features"] = bundle.manifest.features[1:]
    with pytest.raises(ReleaseError, match=r"a__raw"):
        to_onnx(bundle)


def test_a_conditioner_of_an_unknown_method_is_an_error_that_names_it() -> None:
    class Wishful(Conditioner):
        method = "wishful"
        fit = transform = restored = _read = None

        def to_json(self) -> dict[str, Any]:
            return {"method": self.method}

    bundle = bundle_of("deviation")
    with pytest.raises(ReleaseError, match="wishful"):
        to_onnx(Bundle(bundle.detector, bundle.scaler, bundle.threshold, None, bundle.manifest, Wishful()))


def _inputs(bundle: Bundle) -> list[str]:
    return [item.name for item in to_onnx(bundle).graph.input]


def _prepared(bundle: Bundle, windows: pl.DataFrame) -> np.ndarray:
    """What a graph hands to the detector."""
    from onnx import helper

    graph = Graph("prepared")
    matrix = graph.rename(prepare(graph, bundle).matrix, "score")
    graph.rename(matrix, "flag")
    body = graph.finished({"score": ("float64", None), "flag": ("float64", None)})
    versions = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    return Runtime(helper.make_model(body, opset_imports=versions, ir_version=10))(feed(bundle, windows))[0]


def _expected(bundle: Bundle, windows: pl.DataFrame) -> np.ndarray:
    """What the platform hands to the detector, a history's steps last."""
    numbers = bundle.prepared(windows).select(bundle.detector.feature_names_in_).to_numpy().clip(-1e30, 1e30)
    return numbers if bundle.detector.steps == 1 else numbers[history_index(windows, STEPS)].transpose(0, 2, 1)


def test_a_detector_that_tells_units_apart_is_told_the_unit_by_name_and_refused_without_names() -> None:
    bundle = bundle_of("rule_severity", scaling={"per": "fleet"})
    model, inputs = Runtime(to_onnx(bundle)), feed(bundle, asked())
    moved = inputs | {"unit": np.full(len(inputs["unit"]), "p3", dtype=object)}
    assert (model(inputs)[0] == platform_scores(bundle, asked())).all()
    assert (model(moved)[0] == platform_scores(bundle, asked().with_columns(unit_id=pl.lit("p3")))).all()
    assert (model(moved)[0] != model(inputs)[0]).any(), "negative control: units differ"
    nameless = bundle.manifest.model_copy(update={"training_windows": {}})
    with pytest.raises(ReleaseError, match="names it doesn't tell"):
        to_onnx(replace(bundle, manifest=nameless))
