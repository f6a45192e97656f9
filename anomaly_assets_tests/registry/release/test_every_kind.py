"""Every exportable kind's package: sound as made, refused where it disagrees, unsound after any change to any file."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest

from anomaly_assets.detectors import score_windows
from anomaly_assets.errors import ReleaseError
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.examples import Examples, examples_of
from anomaly_assets.registry.release.joblib_file import read_joblib
from anomaly_assets.registry.release.onnx_model import exportable_kinds, tolerance_of
from anomaly_assets.registry.release.package import Package, write_package
from anomaly_assets.registry.release.parity import require_parity
from anomaly_assets.registry.release.verify import verify

from .bundles import asked, usual_bundle
from .tiny import held_back, subject, tiny_bundle

CONDITIONED = "deviation, conditioned"


@dataclass(frozen=True)
class Made:
    """A bundle, what it is tried on, and its package with a pickle beside."""

    bundle: Bundle
    examples: Examples
    package: Package


@pytest.fixture(scope="module", params=[*exportable_kinds(), CONDITIONED])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    kind = str(request.param)
    bundle = usual_bundle("deviation") if kind == CONDITIONED else tiny_bundle(kind)
    windows, wanted = (asked(), np.ones(asked().height, dtype=bool)) if kind == CONDITIONED else held_back()
    examples = examples_of(bundle, windows, wanted)
    package = write_package(subject(bundle), examples, tmp_path_factory.mktemp("releases"), joblib=True)
    return Made(bundle, examples, package)


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """The package, to be spoilt."""
    return shutil.copytree(made.package.path, tmp_path / "copy")


def told(folder: Path) -> str:
    """What is wrong with a package, in one sentence; empty where nothing is."""
    return "; ".join(finding.told for finding in verify(folder).findings if not finding.passed)


def test_a_package_is_sound_as_it_is_made(made: Made) -> None:
    assert 0 < made.examples.flag.sum() < len(made.examples.flag), "examples on both sides of the threshold"
    assert 0 < made.examples.natural < len(made.examples.score), "held-back windows, and strange ones"
    report = verify(made.package.path)
    assert report.passed, report
    assert [finding.name for finding in report.findings] == ["manifest", "hashes", "parity"]
    conditioned = made.bundle.conditioner is not None
    assert (made.package.path / "conditioner.json").is_file() == conditioned


def test_it_is_tried_on_what_the_platform_says_of_held_back_windows(made: Made) -> None:
    if made.bundle.conditioner is None:
        windows, wanted = held_back()
        own = score_windows(made.bundle.detector, made.bundle.prepared(windows), wanted)
        assert np.array_equal(made.examples.score[: made.examples.natural], own)
        again = read_joblib(made.package.path / "model.joblib", trust_pickle=True)
        assert np.array_equal(score_windows(again.detector, again.prepared(windows), wanted), own)


def test_one_changed_byte_of_any_file_is_found(copy: Path) -> None:
    chance = np.random.default_rng(3)
    for path in sorted(copy.iterdir()):
        content = path.read_bytes()
        for place in {0, len(content) // 2, len(content) - 1, *chance.integers(0, len(content), 3).tolist()}:
            for bits in (1, 0x80):
                path.write_bytes(content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :])
                assert path.name in told(copy), f"byte {place}"
        path.write_bytes(content)
    assert verify(copy).passed


CHANGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "a byte shorter": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "a byte longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "removed": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "called otherwise": lambda path: path.rename(path.with_name(f"{path.name}.old")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_file_cut_grown_gone_or_moved_is_found(copy: Path, change: str) -> None:
    for path in sorted(copy.iterdir()):
        kept = shutil.copytree(copy, copy.with_name("kept"))
        CHANGES[change](path)
        assert path.name in told(copy)
        shutil.rmtree(copy)
        kept.rename(copy)
    assert verify(copy).passed


def test_a_file_more_is_found(copy: Path) -> None:
    (copy / "notes.txt").write_text("as good as new")
    assert told(copy) == "notes.txt was added"


@pytest.mark.parametrize("times", [1.5, -1.5], ids=["above", "below"])
def test_a_model_a_little_further_off_than_is_tolerated_is_refused(made: Made, times: float) -> None:
    tolerance = tolerance_of(made.bundle.detector)
    relative = times * tolerance.relative or 2 * float(np.finfo(np.float64).eps)
    model = _off_by(relative, times * tolerance.absolute, made.package.path)
    with pytest.raises(ReleaseError, match=r"is not released: onnxruntime and the platform disagree"):
        require_parity(model, _asked(made), tolerance, made.package.path.parent.name)


def test_a_model_with_one_flag_turned_round_is_refused(made: Made) -> None:
    given = _asked(made)
    given["flag"] = given["flag"] ^ (np.arange(len(given["flag"])) == 77)
    model = (made.package.path / "model.onnx").read_bytes()
    with pytest.raises(ReleaseError, match=r"0 scores and 1 flags"):
        require_parity(model, given, tolerance_of(made.bundle.detector), made.package.path.parent.name)


def _asked(made: Made) -> dict[str, np.ndarray]:
    return made.examples.asked_by(subject(made.bundle).inputs)


def _off_by(relative: float, absolute: float, package: Path) -> bytes:
    """The package's model with every score moved by a share of itself and an amount, flags left alone.

    onnxruntime leaves out a multiplication by what is 1 in float32, so that the share is added.
    """
    model = onnx.load(package / "model.onnx")
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = ["right" if name == "score" else name for name in names]
    for name, number in (("share", relative), ("amount", absolute)):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(number), name))
    for operation, *inputs, made in (
        ("Mul", "right", "share", "by_share"),
        ("Sign", "right", "side"),
        ("Mul", "side", "amount", "by_amount"),
        ("Add", "by_share", "by_amount", "moved"),
        ("Add", "right", "moved", "score"),
    ):
        model.graph.node.append(onnx.helper.make_node(operation, inputs, [made]))
    return model.SerializeToString()
