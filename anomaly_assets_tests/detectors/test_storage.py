"""What lies on disk can be read by anyone, runs nothing, and is refused when it is not what was written."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from anomaly_assets.detectors import build_detector, detector_class, load_detector
from anomaly_assets.detectors import storage as store
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import DetectorError


@pytest.fixture
def forest(tmp_path: Path) -> Path:
    build_detector("isolation_forest", {"n_estimators": 5}).fit(windows()).save(tmp_path)
    return tmp_path


def rewritten(folder: Path, **changed: np.ndarray) -> None:
    """Change arrays and mend the digest, as somebody would who wants the file to be believed."""
    saved = store.read(folder)
    store.write(store.Saved(saved.kind, saved.params, saved.feature_names, saved.state | changed), folder)


def test_the_folder_says_in_json_what_it_holds(forest: Path) -> None:
    document = json.loads((forest / "params.json").read_text())
    assert sorted(path.name for path in forest.iterdir()) == ["params.json", "state.safetensors"]
    assert document["kind"] == "isolation_forest"
    assert document["params"]["n_estimators"] == 5
    assert document["feature_names_in"][0] == "a__raw"


def test_a_pickle_in_place_of_the_state_is_not_run(forest: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (trap,)

    (forest / "state.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DetectorError, match="holds no detector"):
        load_detector(forest)
    assert not trap.exists()


def test_a_state_of_another_detector_is_refused(forest: Path, tmp_path: Path) -> None:
    build_detector("isolation_forest", {"n_estimators": 5, "seed": 1}).fit(windows()).save(tmp_path / "other")
    (forest / "state.safetensors").write_bytes((tmp_path / "other" / "state.safetensors").read_bytes())
    with pytest.raises(DetectorError, match="not the one"):
        load_detector(forest)


def test_another_kind_is_refused_by_the_class_and_loaded_by_the_room(forest: Path) -> None:
    with pytest.raises(DetectorError, match="of kind isolation_forest"):
        detector_class("deviation").load(forest)
    assert load_detector(forest).kind == "isolation_forest"


@pytest.mark.parametrize("kind", ["antimony", "base", "os", "../isolation_forest"])
def test_a_file_can_not_choose_what_is_imported(forest: Path, kind: str) -> None:
    document = json.loads((forest / "params.json").read_text())
    (forest / "params.json").write_text(json.dumps(document | {"kind": kind}))
    with pytest.raises(DetectorError, match="known are"):
        load_detector(forest)


@pytest.mark.parametrize(
    "change", [{"format": 99}, {"params": {"n_estimators": -1}}, {"params": []}, {"feature_names_in": ["a__raw"]}]
)
def test_a_document_that_does_not_fit_is_refused(forest: Path, change: dict[str, object]) -> None:
    document = json.loads((forest / "params.json").read_text())
    (forest / "params.json").write_text(json.dumps(document | change))
    with pytest.raises(DetectorError, match="Remedy"):
        load_detector(forest)


@pytest.mark.parametrize("name", ["child_", "feature_", "root_"])
@pytest.mark.parametrize("step", [-1, 10**6])
def test_trees_that_would_step_out_of_memory_are_refused(forest: Path, name: str, step: int) -> None:
    """The kernel doesn't look where it steps, so loading must; the digest alone guards against accidents only."""
    wrong = load((forest / "state.safetensors").read_bytes())[name].copy()
    wrong[0] = step
    rewritten(forest, **{name: wrong})
    with pytest.raises(DetectorError, match="point out of themselves"):
        load_detector(forest)


def test_trees_of_another_type_are_refused_and_untouched_ones_are_not(forest: Path) -> None:
    rewritten(forest)
    load_detector(forest)
    rewritten(forest, child_=store.read(forest).state["child_"].astype(np.float64))
    with pytest.raises(DetectorError, match="point out of themselves"):
        load_detector(forest)


def test_a_missing_array_is_refused(forest: Path, tmp_path: Path) -> None:
    build_detector("hotelling_t2_q").fit(windows()).save(tmp_path / "t2q")
    saved = store.read(tmp_path / "t2q")
    saved.state.pop("axes_")
    store.write(saved, tmp_path / "t2q")
    with pytest.raises(DetectorError, match="axes_"):
        load_detector(tmp_path / "t2q")


def test_numbers_and_arrays_come_back_in_their_types(tmp_path: Path) -> None:
    state = {"vector_": np.arange(3.0), "number_": np.array(0.1), "integers_": np.arange(2, dtype=np.int32)}
    store.write(store.Saved("any", {"a": None}, ("x__raw",), state), tmp_path)
    back = store.read(tmp_path)
    assert back.params == {"a": None}
    assert back.feature_names == ("x__raw",)
    assert all((back.state[k] == v).all() and back.state[k].dtype == v.dtype for k, v in state.items())
    assert back.state["number_"].shape == ()
