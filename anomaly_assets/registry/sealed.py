"""A folder that is complete or not there, with the SHA-256 of its every file in a sealed ``manifest.json``.

What lies in such a folder is said in bundle.py and forecast_bundle.py.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from ..errors import RegistryError
from .manifest import Manifest, canonical

MANIFEST = "manifest.json"
REMEDY = "go back with: anomaly-assets models rollback {fleet}, or train again with: anomaly-assets train FLEET"


def write_sealed(folder: Path, manifest: Manifest, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a folder and put it in place, whole or not at all; one that is there already is replaced.

    Raises
    ------
    RegistryError
        If it can't be written, as on a full disk; what was there before is still there.
    """
    partial = folder.with_name(f".{folder.name}.{uuid4().hex}")
    try:
        partial.mkdir(parents=True)
        write(partial)
        _seal(partial, manifest)
        put_in_place(partial, folder)
    except OSError as error:
        raise RegistryError(
            f"the bundle {folder} can't be written", found=str(error), remedy="free some space, then train again"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_sealed(folder: Path, model: str = "FLEET") -> tuple[Manifest, dict[str, str]]:
    """Give the manifest and the SHA-256 of every file, once each file has shown it.

    Parameters
    ----------
    model : what a person types to go back to the version before.

    Raises
    ------
    RegistryError
        If a file is missing, damaged or not what the manifest says; the message names it.
    """
    document = _document(folder, model)
    for name, expected in document["files"].items():
        _require_intact(folder / name, expected, model)
    try:
        return Manifest.model_validate(document["manifest"]), document["files"]
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        wanted = "a manifest that this version of the platform reads"
        raise _damaged(folder / MANIFEST, problem, wanted, model) from error


def sealed_file(folder: Path, name: str, model: str = "FLEET") -> Path | None:
    """Give the path of one file once it has shown its hash, whatever lies beside it; None where none is sealed.

    Parameters and errors as of `read_sealed`.
    """
    expected = _document(folder, model)["files"].get(name)
    if expected is not None:
        _require_intact(folder / name, expected, model)
    return None if expected is None else folder / name


def read_json(path: Path) -> Any:
    """Read one document of a folder that has shown its hashes."""
    return json.loads(path.read_text(encoding="utf-8"))


def put_in_place(partial: Path, folder: Path) -> None:
    """Rename into place; a folder in the way is moved aside, since a rename only replaces an empty one."""
    while True:
        try:
            partial.rename(folder)
            return
        except OSError:
            if not folder.is_dir():
                raise
        old = folder.with_name(f".{folder.name}.{uuid4().hex}")
        try:
            folder.rename(old)
        except FileNotFoundError:  # another process moved it first
            continue
        shutil.rmtree(old, ignore_errors=True)


def _seal(folder: Path, manifest: Manifest) -> None:
    files = {path.relative_to(folder).as_posix(): _sha256(path) for path in _files(folder)}
    document = {"manifest": manifest.model_dump(mode="json"), "files": files}
    seal = hashlib.sha256(canonical(document)).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(document | {"sha256": seal}, indent=2), encoding="utf-8")


def _document(folder: Path, model: str) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        document: dict[str, Any] = read_json(path)
        seal = document.pop("sha256")
        sealed = {"manifest": document["manifest"], "files": dict(document["files"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}", "the manifest of a bundle", model) from error
    if seal != hashlib.sha256(canonical(sealed)).hexdigest():
        raise _damaged(path, "content that differs from its own SHA-256", "the manifest as it was written", model)
    return sealed


def _require_intact(path: Path, expected: str, model: str) -> None:
    if not path.is_file():
        raise _damaged(path, "no such file", "the file the manifest lists", model)
    if (found := _sha256(path)) != expected:
        raise _damaged(path, f"SHA-256 {found[:12]}", f"{expected[:12]}, as the manifest says", model)


def _damaged(path: Path, found: str, expected: str, model: str) -> RegistryError:
    remedy = REMEDY.format(fleet=model)
    return RegistryError(f"{path} is missing or damaged", found=found, expected=expected, remedy=remedy)


def _files(folder: Path) -> list[Path]:
    return sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
