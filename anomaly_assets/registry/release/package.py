"""The release package: one folder with a model, everything that is said of it, and the means to check it.

It is written beside its place and renamed: whole or not there. What stands in its documents is said in documents.py and
card.py, whether a model may leave at all in parity.py.
"""

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version as library_version
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from ...errors import ReleaseError
from ..manifest import libraries
from ..sealed import put_in_place
from . import verify
from .card import card
from .documents import FORMAT, Subject, metrics, signature, thresholds
from .examples import Examples
from .joblib_file import write_joblib
from .onnx_model import to_onnx, tolerance_of
from .parity import Parity, require_parity

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
CARD, SIGNATURE, PICKLED = "model_card.md", "signature.json", "model.joblib"
_EXPORTERS = ("onnx", "onnxruntime", "onnxscript")

Outcome = Literal["new", "unchanged", "replaced"]


@dataclass(frozen=True)
class Package:
    """A package on disk.

    Attributes
    ----------
    path : its folder, ``<fleet>_<detector>/<version>`` below the one that was asked for.
    version : its name there.
    sha256 : its seal, which stands in its manifest.
    outcome : ``new``, ``unchanged`` (the very same lay there) or ``replaced``.
    parity : how closely onnxruntime agrees with the platform.
    size : bytes of all files.
    card : the model card, Markdown.
    """

    path: Path
    version: str
    sha256: str
    outcome: Outcome
    parity: Parity
    size: int
    card: str


def write_package(
    subject: Subject,
    examples: Examples,
    folder: Path,
    *,
    version: str | None = None,
    joblib: bool = False,
    force: bool = False,
) -> Package:
    """Export a model and write its package, whole or not at all.

    Parameters
    ----------
    examples : what onnxruntime must agree on; they travel in the package.
    folder : where releases are kept.
    version : name of the release; the registry's number when not given.
    joblib : whether a ``model.joblib`` is added, which holds the same model as a pickle.
    force : whether another package under the same name is replaced.

    Raises
    ------
    ReleaseError
        If the model's kind can't be exported, onnxruntime disagrees with the platform, another package lies there, or
        it can't be written. Nothing is left on disk then, and what was there is still there.
    """
    named = _named(str(subject.number) if version is None else version)
    model = to_onnx(subject.bundle).SerializeToString(deterministic=True)
    parity = require_parity(
        model, examples.asked_by(subject.inputs), tolerance_of(subject.bundle.detector), subject.name
    )
    told = card(subject, named, parity)
    contents = {
        verify.MODEL: model,
        verify.EXAMPLES: _npz(examples.asked_by(subject.inputs)),
        SIGNATURE: _json(signature(subject)),
        "scaler.json": _json(subject.bundle.scaler.to_json()),
        "thresholds.yaml": _yaml(thresholds(subject)),
        "metrics.json": _json(metrics(subject)),
        CARD: told.encode(),
        "verify.py": Path(verify.__file__).read_bytes(),
    }
    if subject.bundle.conditioner is not None:
        contents["conditioner.json"] = _json(subject.bundle.conditioner.to_json())
    place = folder / subject.name / named
    partial = place.with_name(f".{named}.{uuid4().hex}")
    try:
        partial.mkdir(parents=True)
        document = _filled(partial, contents, subject, parity, named, joblib=joblib)
        outcome = _settled(partial, place, document, force=force)
    except OSError as error:
        raise ReleaseError(f"{place} can't be written", found=str(error), remedy="free some space") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with suppress(OSError):  # of a model that was never released
            place.parent.rmdir()
    size = sum(entry["size"] for entry in document["files"].values())
    return Package(place, named, document["sha256"], outcome, parity, size, told)


def _named(version: str) -> str:
    if not VERSION.fullmatch(version):
        raise ReleaseError(
            f"{version!r} can't be the name of a release",
            expected="letters, digits, dots, dashes and underscores, a letter or a digit first, such as 1.0.0",
        )
    return version


def _filled(
    folder: Path, contents: dict[str, bytes], subject: Subject, parity: Parity, version: str, *, joblib: bool
) -> dict[str, Any]:
    """Write all files and the manifest, which is given back."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    if joblib:
        write_joblib(subject.bundle, folder / PICKLED)
    document = _manifest(subject, parity, version) | {
        "files": {
            path.name: {"sha256": verify.sha256(path), "size": path.stat().st_size} for path in sorted(folder.iterdir())
        }
    }
    document["sha256"] = verify.seal_of(document)
    (folder / verify.MANIFEST).write_bytes(verify.written(document))
    return document


def _manifest(subject: Subject, parity: Parity, version: str) -> dict[str, Any]:
    manifest = subject.bundle.manifest
    return {
        "format": FORMAT,
        "name": subject.name,
        "version": version,
        "status": subject.status,
        "fleet": manifest.fleet,
        "detector": manifest.detector,
        "kind": manifest.kind,
        "registry_version": subject.number,
        "trained_at": manifest.created_at.isoformat(),
        "config_digest": manifest.config_digest,
        "fingerprint": manifest.fingerprint,
        "code_version": manifest.code_version,
        "libraries": {
            "training": manifest.libraries,
            "release": libraries() | {name: library_version(name) for name in _EXPORTERS},
        },
        "parity": parity.to_json(),
    }


def _settled(partial: Path, place: Path, document: dict[str, Any], *, force: bool) -> Outcome:
    """Put the package in its place, unless it is there already."""
    there = place.is_dir() or place.exists()
    if there and _same(place, document):
        return "unchanged"
    if there and not force:
        raise ReleaseError(
            f"{place} holds another package",
            remedy="give this release a name of its own with --version, or replace the other one with --force",
        )
    put_in_place(partial, place)
    return "replaced" if there else "new"


def _same(place: Path, document: dict[str, Any]) -> bool:
    """Whether a sound package of the very same content lies there."""
    try:
        if (place / verify.MANIFEST).read_bytes() != verify.written(document):
            return False
    except OSError:
        return False
    return verify.files_as_listed(place, document["files"]).passed


def _npz(arrays: dict[str, Any]) -> bytes:
    import numpy as np

    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()


def _yaml(document: dict[str, Any]) -> bytes:
    import yaml

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120).encode()
