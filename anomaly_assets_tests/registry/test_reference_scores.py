"""Scores of normal windows travel with a bundle, and are read without the detector."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anomaly_assets.errors import RegistryError
from anomaly_assets.registry import Bundle, read_reference_scores, reference_of

from .conftest import make_bundle

SCORES = np.random.default_rng(1).exponential(size=5000)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    make_bundle(reference_scores=reference_of(SCORES)).save(tmp_path / "bundle")
    return tmp_path / "bundle"


def test_they_are_the_same_to_the_bit_in_the_bundle_and_alone(saved):
    assert np.array_equal(Bundle.load(saved).reference_scores, np.sort(SCORES))
    assert np.array_equal(read_reference_scores(saved), np.sort(SCORES))


def test_few_are_kept_whole_and_many_are_thinned_so_that_every_share_is_kept():
    assert np.array_equal(reference_of(SCORES, at_most=5000), np.sort(SCORES))
    kept = reference_of(SCORES, at_most=400)
    assert len(kept) == 400 and np.isin(kept, SCORES).all() and (np.diff(kept) >= 0).all()
    for bound in np.linspace(0, 9, 40):
        assert abs((kept > bound).mean() - (bound < SCORES).mean()) < 1 / 400
    high = np.sort(SCORES)[-500:]
    assert kept[-40:].mean() == pytest.approx(high.mean(), rel=0.02), "the tail thins out as fast as before"


def test_a_bundle_from_before_has_the_quantiles_of_its_training_scores_instead(bundle, tmp_path):
    bundle.save(tmp_path / "old")
    assert Bundle.load(tmp_path / "old").reference_scores is None
    assert np.array_equal(read_reference_scores(tmp_path / "old"), bundle.profile.training.score.quantiles)
    replace(bundle, profile=None, threshold=None).save(tmp_path / "draft")
    assert read_reference_scores(tmp_path / "draft") is None


def test_one_changed_byte_is_seen_and_what_lies_beside_is_not_looked_at(saved):
    (saved / "detector" / "state.safetensors").write_bytes(b"damaged")
    assert read_reference_scores(saved) is not None
    path = saved / "reference_scores.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RegistryError, match=r"reference_scores\.safetensors"):
        read_reference_scores(saved)


def test_reading_them_loads_neither_torch_nor_scikit_learn(saved):
    code = f"""
import sys
from pathlib import Path
from anomaly_assets.registry import read_reference_scores
print(read_reference_scores(Path({str(saved)!r})).size)
print([name for name in ("torch", "sklearn", "mlflow") if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    assert told[:2] == ["5000", "[]"]
