"""A model as one ``.joblib`` file, for programs that expect it so. Reading one can run any code: it must be asked for.

What makes a foreign file's content scorable belongs in foreign.py; the safe package is package.py.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from ...errors import AnomalyAssetsError, ReleaseError
from ..bundle import Bundle
from .foreign import foreign_bundle

KEYS = ("model", "scaler", "features", "threshold", "metadata")


def write_joblib(bundle: Bundle, path: Path) -> None:
    """Write one file, whole or not at all: a dictionary that ``joblib.load`` gives back.

    ``model`` (the detector), ``scaler``, ``features`` (names, in order), ``threshold`` (a number; a higher score is an
    alarm), ``metadata`` (the manifest), and ``bundle``, the files of the bundle as they are in the registry.

    Raises
    ------
    ReleaseError
        If it can't be written, as on a full disk; what was there before is still there.
    """
    import joblib

    artefact = {
        "model": bundle.detector,
        "scaler": bundle.scaler,
        "features": list(bundle.manifest.features),
        "threshold": None if bundle.threshold is None else bundle.threshold.value,
        "metadata": bundle.manifest.model_dump(mode="json") | {"higher_is_anomalous": True},
        "bundle": _files_of(bundle),
    }
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(artefact, beside, compress=3)
        beside.replace(path)
    except OSError as error:
        raise ReleaseError(f"{path} can't be written", found=str(error), remedy="free some space") from error
    finally:
        with suppress(OSError):
            beside.unlink()


def read_joblib(path: Path, *, trust_pickle: bool) -> Bundle:
    """Read what `write_joblib` wrote, or a file of another program of the same shape (see `foreign_bundle`).

    Parameters
    ----------
    trust_pickle : whether the file may be opened at all.

    Raises
    ------
    ReleaseError
        If it may not be, is absent, damaged, or holds nothing that can score.
    """
    if not path.is_file():
        raise ReleaseError(f"there is no file {path}", remedy="check the path")
    if not trust_pickle:
        raise ReleaseError(
            f"{path.name} is not opened: it is a pickle, and opening a pickle can run any code",
            remedy="use the release package or the registry's version instead, or, if you know who made the file, "
            "add --trust-pickle",
        )
    artefact = _loaded(path)
    if "bundle" in artefact:
        return _own(artefact["bundle"], path)
    return foreign_bundle(artefact, path)


def _loaded(path: Path) -> Mapping[str, Any]:
    import joblib

    try:
        artefact = joblib.load(path)
    except Exception as error:  # a damaged pickle can fail in any way
        raise ReleaseError(
            f"{path} can't be opened",
            found=f"{type(error).__name__}: {error}",
            expected="a file that joblib.dump wrote, and the libraries that its model needs",
            remedy="take the file again from where it was made",
        ) from error
    if not isinstance(artefact, Mapping) or not ({"bundle"} & set(artefact) or {"model", "features"} <= set(artefact)):
        found = ", ".join(map(str, artefact)) if isinstance(artefact, Mapping) else type(artefact).__name__
        raise ReleaseError(
            f"{path} holds no model that can score", found=found or "an empty dictionary", expected=", ".join(KEYS)
        )
    return artefact


def _files_of(bundle: Bundle) -> dict[str, bytes]:
    with TemporaryDirectory() as beside:
        folder = Path(beside) / "bundle"
        bundle.save(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _own(files: Any, path: Path) -> Bundle:
    try:
        with TemporaryDirectory() as beside:
            for name, content in files.items():
                place = Path(beside) / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            return Bundle.load(Path(beside))
    except (AnomalyAssetsError, AttributeError, TypeError, OSError) as error:
        raise ReleaseError(
            f"{path} is damaged", found=str(error), remedy="export the model again: anomaly-assets export"
        ) from error
