import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import RegistryError
from anomaly_assets.features.regress import Regress
from anomaly_assets.registry import Bundle

from .conftest import make_bundle, windows


@pytest.fixture
def saved(bundle: Bundle, tmp_path: Path) -> Path:
    bundle.save(tmp_path / "deep" / "bundle")
    return tmp_path / "deep" / "bundle"


def test_a_loaded_bundle_scores_to_the_bit_and_says_the_same_of_itself(bundle, saved):
    again = Bundle.load(saved)
    later = windows(seed=5)
    scores = [b.detector.score(b.scaler.transform(later)) for b in (bundle, again)]
    assert np.array_equal(*scores)
    assert again.manifest == bundle.manifest
    assert again.require_threshold() == bundle.threshold
    assert again.require_profile().to_json() == bundle.require_profile().to_json()


def test_nothing_in_a_bundle_is_pickled(saved):
    assert {path.suffix for path in saved.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".skops"}


PARTS = ("scaler", "conditioner", "threshold", "profile")
FILES = ("detector/params.json", "detector/state.safetensors", *(f"{part}.json" for part in PARTS))


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_named_with_the_way_out(saved, name):
    (saved / name).unlink()
    with pytest.raises(RegistryError, match=r"missing or damaged.*rollback.*train") as raised:
        Bundle.load(saved)
    assert name in str(raised.value)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_one_changed_byte_anywhere_is_seen(saved, name):
    content = bytearray((saved / name).read_bytes())
    content[len(content) // 2] ^= 1
    (saved / name).write_bytes(content)
    with pytest.raises(RegistryError, match=Path(name).name):
        Bundle.load(saved)


def test_a_manifest_edited_by_hand_is_seen(saved):
    document = json.loads((saved / "manifest.json").read_text())
    document["manifest"]["seed"] = 7
    (saved / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(RegistryError, match=r"manifest\.json.*SHA-256"):
        Bundle.load(saved)


@pytest.mark.parametrize("content", ["", "[]", '"text"', "{}", '{"sha256": 1, "manifest": 2, "files": 3}'])
def test_a_manifest_that_is_none_is_told_and_not_a_traceback(saved, content):
    (saved / "manifest.json").write_text(content)
    with pytest.raises(RegistryError, match=r"manifest\.json"):
        Bundle.load(saved)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RegistryError, match="missing or damaged"):
        Bundle.load(tmp_path / "nothing")


def test_saving_again_replaces_the_folder_and_leaves_nothing_beside_it(saved):
    make_bundle(seed=3).save(saved)
    assert Bundle.load(saved).manifest.seed == 3
    assert [path.name for path in saved.parent.iterdir()] == ["bundle"]


def test_a_write_that_fails_leaves_the_old_bundle(bundle, saved, monkeypatch):
    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(RegistryError, match=r"No space left.*free some space"):
            make_bundle(seed=3).save(saved)
    assert Bundle.load(saved).manifest == bundle.manifest
    assert [path.name for path in saved.parent.iterdir()] == ["bundle"]


def test_a_draft_has_no_threshold_yet_and_says_so(bundle, tmp_path):
    replace(bundle, threshold=None, profile=None).save(tmp_path / "draft")
    draft = Bundle.load(tmp_path / "draft")
    with pytest.raises(RegistryError, match="small/deviation has no threshold"):
        draft.require_threshold()
    with pytest.raises(RegistryError, match="no reference profile"):
        draft.require_profile()


def conditioned(bundle: Bundle) -> Bundle:
    """Sensor `a` rests on setting `b`."""
    conditioner = Regress(sensors=["a"], terms=["b"], features=["raw"], learn_from="raw", keep_settings=True)
    return replace(bundle, conditioner=conditioner.fit(dependent(seed=0)))


def dependent(seed: int) -> pl.DataFrame:
    return windows(seed=seed).with_columns(a__raw=pl.col("a__raw") + 7 * pl.col("b__raw"))


def test_windows_are_conditioned_before_they_are_scaled_and_after_loading_too(bundle, tmp_path):
    made, later = conditioned(bundle), dependent(seed=5)
    made.save(tmp_path / "bundle")
    prepared = made.prepared(later)
    assert prepared.equals(Bundle.load(tmp_path / "bundle").prepared(later))
    assert prepared.equals(bundle.scaler.transform(made.conditioner.transform(later)))
    assert abs(np.corrcoef(prepared["a__raw"], prepared["b__raw"])[0, 1]) < 0.1
    assert abs(np.corrcoef(*bundle.prepared(later).select("a__raw", "b__raw").to_numpy().T)[0, 1]) > 0.9


def test_a_bundle_written_before_there_were_conditioners_still_loads(bundle, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", without("conditioner.json", Path.write_text))
        bundle.save(tmp_path / "old")
    assert not (tmp_path / "old" / "conditioner.json").exists()
    assert Bundle.load(tmp_path / "old").conditioner is None


def test_a_conditioner_that_was_slipped_in_is_not_used(bundle, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", without("conditioner.json", Path.write_text))
        bundle.save(tmp_path / "old")
    (tmp_path / "old" / "conditioner.json").write_text(json.dumps(conditioned(bundle).conditioner.to_json()))
    assert Bundle.load(tmp_path / "old").conditioner is None


def without(name: str, write: Callable[..., int]) -> Callable[..., int]:
    return lambda path, *content, **options: 0 if path.name == name else write(path, *content, **options)
