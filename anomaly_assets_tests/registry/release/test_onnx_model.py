"""The exported model as others see it: names, types, checks, bytes, and which kinds can't be had."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

import anomaly_assets.detectors
from anomaly_assets.detectors import detector_class
from anomaly_assets.detectors import kinds as known_kinds
from anomaly_assets.errors import RegistryError, ReleaseError
from anomaly_assets.registry.release import kinds
from anomaly_assets.registry.release.discovery import tolerance_of
from anomaly_assets.registry.release.onnx_model import exportable_kinds, to_onnx
from anomaly_assets_tests.registry.conftest import make_bundle
from anomaly_assets_tests.registry.release.bundles import (
    FEATURES,
    KINDS,
    STEPS,
    Runtime,
    asked,
    bundle_of,
    feed,
    platform_scores,
    usual_bundle,
)

DETECTOR = '''
import numpy as np

from anomaly_assets.detectors import Detector, DetectorTags


class FarthestReading(Detector):
    """The largest distance from the training mean."""

    statistics = ("raw", "mean")
    tags = DetectorTags(deterministic=True, explains=False)

    def __init__(self) -> None:
        pass

    def _fit(self, matrix, names):
        self.mean_ = matrix.mean(axis=0)

    def _score(self, matrix):
        return np.abs(matrix - self.mean_).max(axis=1)
'''

GRAPH = """
from anomaly_assets.registry.release.tolerance import EXACT as TOLERANCE


def build(graph, detector, prepared):
    apart = graph.subtract(prepared.matrix, detector.mean_)
    return graph.reduced("Max", graph.maximum(apart, graph.negative(apart)))
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A detector of another house, and a folder in which its graph may be described."""
    (tmp_path / "detectors").mkdir()
    (tmp_path / "graphs").mkdir()
    (tmp_path / "detectors" / "farthest_reading.py").write_text(DETECTOR)
    for package, folder in ((anomaly_assets.detectors, "detectors"), (kinds, "graphs")):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / folder)])
    yield tmp_path / "graphs"
    for package in (anomaly_assets.detectors, kinds):
        sys.modules.pop(f"{package.__name__}.farthest_reading", None)
        vars(package).pop("farthest_reading", None)


def test_a_new_detector_is_exported_by_one_file(toy: Path) -> None:
    bundle = bundle_of("farthest_reading")
    with pytest.raises(ReleaseError, match="deviation"):
        to_onnx(bundle)
    (toy / "farthest_reading.py").write_text(GRAPH)
    assert "farthest_reading" in exportable_kinds()
    score, _ = Runtime(to_onnx(bundle))(feed(bundle, asked()))
    assert (score == platform_scores(bundle, asked())).all()


def test_every_detector_that_may_be_champion_can_be_exported() -> None:
    serious = {kind for kind in known_kinds() if not detector_class(kind).tags.sanity_only}
    assert set(exportable_kinds()) == serious >= set(KINDS)
    assert set(KINDS) >= {"isolation_forest", "local_outlier_factor", "one_class_svm", "fusion", "sub_pca"}


def test_baselines_are_refused_with_the_kinds_that_are_not() -> None:
    with pytest.raises(ReleaseError, match=r"random_score is a baseline.*deviation, .*sub_pca"):
        to_onnx(make_bundle(kind="random_score"))


def test_a_draft_without_a_threshold_is_refused() -> None:
    with pytest.raises(RegistryError, match="no threshold"):
        to_onnx(replace(usual_bundle("deviation"), threshold=None))


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_and_outputs_are_named_typed_and_shaped(kind: str) -> None:
    model = to_onnx(usual_bundle(kind))
    steps = STEPS if usual_bundle(kind).detector.steps > 1 else None
    inputs = {item.name: _told(item) for item in model.graph.input}
    assert inputs.pop("features") == ("DOUBLE", ["n", *([steps] if steps else []), len(FEATURES)])
    assert inputs.pop("unit") == ("STRING", ["n"])
    assert inputs == ({"clock": ("DOUBLE", ["n"])} if detector_class(kind).clock else {})
    assert {item.name: _told(item) for item in model.graph.output} == {
        "score": ("DOUBLE", ["n"]),
        "flag": ("BOOL", ["n"]),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_checker_accepts_it_and_no_operator_is_one_vendors_own(kind: str) -> None:
    model = to_onnx(usual_bundle(kind))
    onnx.checker.check_model(model, full_check=True)
    assert {item.domain for item in model.opset_import} == {"", "ai.onnx.ml"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bundle_gives_the_same_bytes(kind: str) -> None:
    one, other = (to_onnx(usual_bundle(kind)).SerializeToString(deterministic=True) for _ in range(2))
    assert one == other


def test_the_model_says_whose_it_is_and_no_version() -> None:
    model = to_onnx(usual_bundle("deviation"))
    said = {item.key: item.value for item in model.metadata_props}
    assert said == {"fleet": "small", "detector": "deviation", "kind": "deviation"}
    assert not model.producer_version


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_a_file(kind: str, tmp_path: Path) -> None:
    bundle = usual_bundle(kind)
    onnx.save(to_onnx(bundle), tmp_path / "model.onnx")
    score, _ = Runtime(onnx.load(tmp_path / "model.onnx"))(feed(bundle, asked()))
    assert tolerance_of(bundle.detector).agrees(score, platform_scores(bundle, asked())).all()


def test_scores_do_not_grow_memory_with_rows() -> None:
    bundle = usual_bundle("local_outlier_factor")
    inputs = {name: np.repeat(array, 20, axis=0) for name, array in feed(bundle, asked()).items()}
    score, _ = Runtime(to_onnx(bundle))(inputs)
    assert (score == np.repeat(platform_scores(bundle, asked()), 20)).all()
    loop = next(node for node in to_onnx(bundle).graph.node if node.op_type == "Loop")
    inner = {node.op_type for attribute in loop.attribute for node in attribute.g.node}
    assert {"MatMul", "TopK", "Slice"} <= inner


def _told(item: onnx.ValueInfoProto) -> tuple[str, list[str | int]]:
    tensor = item.type.tensor_type
    names = {number: name for name, number in onnx.TensorProto.DataType.items()}
    return names[tensor.elem_type], [size.dim_param or size.dim_value for size in tensor.shape.dim]
