"""A model leaves as a folder that is whole, agrees with the platform, and is never changed silently."""

import json
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from anomaly_assets.errors import ReleaseError
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release import package as packages
from anomaly_assets.registry.release.examples import Examples, examples_of
from anomaly_assets.registry.release.package import Package, write_package
from anomaly_assets.registry.release.verify import verify

from .tiny import FEATURES, held_back, subject, tiny_bundle


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestAPackage:
    def test_holds_what_a_release_consists_of(self, released: Package) -> None:
        assert released.path.parts[-2:] == ("small_deviation", "3")
        assert set(files(released.path)) == {
            "examples.npz",
            "manifest.json",
            "metrics.json",
            "model.joblib",
            "model.onnx",
            "model_card.md",
            "scaler.json",
            "signature.json",
            "thresholds.yaml",
            "verify.py",
        }

    def test_says_what_goes_in_and_comes_out(self, released: Package) -> None:
        import onnxruntime

        told = json.loads((released.path / "signature.json").read_text())
        session = onnxruntime.InferenceSession(released.path / "model.onnx")
        for side, found in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
            assert [(one["name"], one["shape"]) for one in told[side]] == [(one.name, one.shape) for one in found]
            assert all(len(one["dimensions"]) == len(one["shape"]) for one in told[side])
        assert [column["name"] for column in told["columns"]] == list(FEATURES)
        assert told["columns"][0]["sensor_measures"] == "bar"
        assert told["units"] == ["u"]
        assert (told["windows"]["steps"], told["windows"]["stride_seconds"]) == (1, 60.0)

    def test_says_its_threshold_and_what_scores_are_usual(self, released: Package, tiny: Bundle) -> None:
        told = yaml.safe_load((released.path / "thresholds.yaml").read_text())
        assert told["value"] == tiny.require_threshold().value
        assert (told["method"], told["equality"]) == ("quantile", "normal")
        levels = list(told["reference_scores"].values())
        assert len(levels) == 5 and levels == sorted(levels)

    def test_carries_no_pickle_in_its_examples(self, released: Package) -> None:
        with np.load(released.path / "examples.npz", allow_pickle=False) as stored:
            assert set(stored.files) == {"features", "unit", "score", "flag"}
            assert np.isnan(stored["features"]).any() and "a unit that training did not know" in stored["unit"]

    def test_tells_of_no_place_on_the_machine_that_made_it(self, released: Package) -> None:
        home = str(Path(__file__).parents[3]).encode()
        for name, content in files(released.path).items():
            assert home not in content and str(released.path.parent).encode() not in content, name

    @pytest.mark.parametrize("status", ["champion", "shadow", "challenger", "validation"])
    def test_has_the_status_of_its_version(self, status: str, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        package = write_package(subject(tiny, status), examples, tmp_path)
        assert json.loads((package.path / "manifest.json").read_text())["status"] == status
        assert f"**{status}**" in package.card

    @pytest.mark.parametrize("version", ["", ".", "..", "a/b", "-1", "1 0", ".hidden"])
    def test_refuses_a_version_that_is_no_name(
        self, version: str, tiny: Bundle, examples: Examples, tmp_path: Path
    ) -> None:
        with pytest.raises(ReleaseError, match="can't be the name of a release"):
            write_package(subject(tiny), examples, tmp_path, version=version)
        assert list(tmp_path.iterdir()) == []


class TestAnExistingPackage:
    def test_of_the_same_content_stays_untouched(self, released: Package, tiny: Bundle, examples: Examples) -> None:
        before = {path: path.stat().st_mtime_ns for path in released.path.iterdir()}
        again = write_package(subject(tiny), examples, released.path.parents[1], joblib=True)
        assert (again.outcome, again.sha256) == ("unchanged", released.sha256)
        assert {path: path.stat().st_mtime_ns for path in released.path.iterdir()} == before

    def test_of_other_content_is_refused_and_left_alone(self, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        first = write_package(subject(tiny), examples, tmp_path)
        before = files(first.path)
        with pytest.raises(ReleaseError, match=r"holds another package.*--version.*--force"):
            write_package(subject(tiny, "champion"), examples, tmp_path)
        assert files(first.path) == before
        assert [path.name for path in first.path.parent.iterdir()] == ["3"]

    def test_that_was_damaged_counts_as_other_content(self, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        first = write_package(subject(tiny), examples, tmp_path)
        (first.path / "model.onnx").write_bytes(b"")
        with pytest.raises(ReleaseError, match="holds another package"):
            write_package(subject(tiny), examples, tmp_path)

    def test_is_replaced_when_that_is_asked_for(self, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        write_package(subject(tiny), examples, tmp_path)
        package = write_package(subject(tiny, "champion"), examples, tmp_path, force=True)
        assert package.outcome == "replaced" and verify(package.path).passed

    def test_under_another_name_lies_beside(self, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        for version in ("1.0.0", "1.0.1"):
            assert write_package(subject(tiny), examples, tmp_path, version=version).outcome == "new"
        assert sorted(path.name for path in (tmp_path / "small_deviation").iterdir()) == ["1.0.0", "1.0.1"]


class TestAFullDisk:
    @pytest.fixture
    def little_room(self) -> Iterator[None]:
        """No file may grow beyond 2,000 bytes, which is less than the model needs."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
        yield
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    @pytest.mark.usefixtures("little_room")
    def test_is_told_and_leaves_nothing(self, tiny: Bundle, examples: Examples, tmp_path: Path) -> None:
        with pytest.raises(ReleaseError, match=r"small_deviation/3 can't be written.*File too large"):
            write_package(subject(tiny), examples, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_leaves_an_earlier_package_as_it_was(
        self, tiny: Bundle, examples: Examples, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        first = write_package(subject(tiny), examples, tmp_path)
        before = files(first.path)
        request.getfixturevalue("little_room")
        with pytest.raises(ReleaseError, match="can't be written"):
            write_package(subject(tiny, "champion"), examples, tmp_path, force=True)
        assert files(first.path) == before
        assert [path.name for path in first.path.parent.iterdir()] == ["3"]


class TestDisagreement:
    @pytest.mark.parametrize(
        ("name", "spoil"),
        [
            (
                "one score",
                lambda e: replace(e, score=np.where(np.arange(len(e.score)) == 77, e.score * 1.001, e.score)),
            ),
            ("one flag", lambda e: replace(e, flag=e.flag ^ (np.arange(len(e.flag)) == 77))),
            ("a score that is no number", lambda e: replace(e, score=np.append(e.score[:-1], np.nan))),
        ],
    )
    def test_is_refused_and_leaves_nothing_on_disk(
        self, name: str, spoil: Any, tiny: Bundle, examples: Examples, tmp_path: Path
    ) -> None:
        with pytest.raises(ReleaseError, match=r"small_deviation is not released.*disagree"):
            write_package(subject(tiny), spoil(examples), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_of_a_graph_that_is_wrong_for_one_batch_size_alone_is_refused(
        self, tiny: Bundle, examples: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As the exporter that traces made of a transformer: sound for the rows it saw, wrong for others."""
        monkeypatch.setattr(packages, "to_onnx", lambda bundle: _wrong_for_seven(packages_to_onnx(bundle)))
        with pytest.raises(ReleaseError, match="in batches of 7"):
            write_package(subject(tiny), examples, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_of_a_kind_that_is_not_exported_names_those_that_are(self, tmp_path: Path) -> None:
        made = tiny_bundle("random_score")
        with pytest.raises(ReleaseError, match="isolation_forest"):
            write_package(subject(made), examples_of(made, *held_back()), tmp_path)
        assert list(tmp_path.iterdir()) == []


packages_to_onnx = packages.to_onnx


def _wrong_for_seven(model: Any) -> Any:
    """Add to every score whether there are seven rows."""
    from onnx import helper, numpy_helper

    (last,) = (node for node in model.graph.node if "score" in node.output)
    last.output[0] = "right"
    for name, number in (("first_axis", [0]), ("seven", [7])):
        model.graph.initializer.append(numpy_helper.from_array(np.array(number), name))
    nodes = [
        helper.make_node("Shape", ["right"], ["rows"]),
        helper.make_node("Equal", ["rows", "seven"], ["is_seven"]),
        helper.make_node("Cast", ["is_seven"], ["more"], to=11),
        helper.make_node("Add", ["right", "more"], ["score"]),
    ]
    flag = [node for node in model.graph.node if "flag" in node.output or "score" in node.input]
    kept = [node for node in model.graph.node if node not in flag]
    del model.graph.node[:]
    model.graph.node.extend([*kept, *nodes, *flag])
    return model
