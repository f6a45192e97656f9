"""The deployable: detector, conditioner, scaler, threshold, profile and manifest travel together, as one folder.

Every file's SHA-256 stands in ``manifest.json``; nothing is pickled; a folder is complete or not there. Versions and
aliases belong in store.py.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
from pydantic import ValidationError

from ..detectors import Detector, load_detector
from ..errors import RegistryError
from ..features import Conditioner, Scaler, require_columns
from ..monitoring import ReferenceProfile
from ..thresholds import Threshold
from .manifest import Manifest, canonical

MANIFEST, CONDITIONER = "manifest.json", "conditioner.json"
REMEDY = "go back with: anomaly-assets models rollback FLEET, or train again with: anomaly-assets train FLEET"


@dataclass(frozen=True)
class Bundle:
    """Everything that scoring needs.

    Attributes
    ----------
    detector : fitted.
    scaler : fitted on the detector's training windows.
    threshold : None before calibration.
    profile : what training looked like; None before calibration.
    manifest : where it all comes from.
    conditioner : what the settings explain, fitted on the same windows; None where nothing is conditioned.
    """

    detector: Detector
    scaler: Scaler
    threshold: Threshold | None
    profile: ReferenceProfile | None
    manifest: Manifest
    conditioner: Conditioner | None = None

    def prepared(self, features: pl.DataFrame) -> pl.DataFrame:
        """Make of windows (rows of contracts.features) what the detector is given.

        That is conditioned, then scaled; as it is, null where missing, for one that reads unscaled features.

        Raises
        ------
        FeatureError
            If a column that was learnt from is missing.
        """
        if not self.detector.tags.unscaled:
            return self.scaled(features)
        wanted = ["unit_id", "window_start", "window_end", *self.scaler.columns]
        require_columns(features, wanted)
        return features.select(wanted)

    def scaled(self, features: pl.DataFrame) -> pl.DataFrame:
        """Make of windows what drift is measured on and sensors are compared by: conditioned, then scaled.

        Raises
        ------
        FeatureError
            If a column that was learnt from is missing.
        """
        return self.scaler.transform(self.conditioner.transform(features) if self.conditioner else features)

    def require_threshold(self) -> Threshold:
        """Give the threshold, or raise RegistryError where there is none yet."""
        if self.threshold is None:
            raise self._incomplete("threshold")
        return self.threshold

    def require_profile(self) -> ReferenceProfile:
        """Give the reference profile, or raise RegistryError where there is none yet."""
        if self.profile is None:
            raise self._incomplete("reference profile")
        return self.profile

    def save(self, folder: Path) -> None:
        """Write the folder, whole or not at all; one that is there already is replaced.

        Raises
        ------
        RegistryError
            If it can't be written, as on a full disk; what was there before is still there.
        """
        partial = folder.with_name(f".{folder.name}.{uuid4().hex}")
        try:
            partial.mkdir(parents=True)
            self._write(partial)
            put_in_place(partial, folder)
        except OSError as error:
            raise RegistryError(
                f"the bundle {folder} can't be written", found=str(error), remedy="free some space, then train again"
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read what `save` wrote, after every file has shown its hash.

        Raises
        ------
        RegistryError
            If a file is missing, damaged or not what the manifest says; the message names it.
        """
        manifest, files = _checked(folder)
        threshold, profile = _json(folder / "threshold.json"), _json(folder / "profile.json")
        conditioner = _json(folder / CONDITIONER) if CONDITIONER in files else None  # older bundles have none
        return cls(
            detector=load_detector(folder / "detector"),
            scaler=Scaler.from_json(_json(folder / "scaler.json")),
            threshold=None if threshold is None else Threshold.from_json(threshold),
            profile=None if profile is None else ReferenceProfile.from_json(profile),
            manifest=manifest,
            conditioner=None if conditioner is None else Conditioner.from_json(conditioner),
        )

    def _write(self, folder: Path) -> None:
        self.detector.save(folder / "detector")
        parts = {name: getattr(self, name) for name in ("conditioner", "scaler", "threshold", "profile")}
        for name, part in parts.items():
            (folder / f"{name}.json").write_text(json.dumps(None if part is None else part.to_json()), encoding="utf-8")
        files = {path.relative_to(folder).as_posix(): _sha256(path) for path in _files(folder)}
        document = {"manifest": self.manifest.model_dump(mode="json"), "files": files}
        seal = hashlib.sha256(canonical(document)).hexdigest()
        (folder / MANIFEST).write_text(json.dumps(document | {"sha256": seal}, indent=2), encoding="utf-8")

    def _incomplete(self, part: str) -> RegistryError:
        name = f"{self.manifest.fleet}/{self.manifest.detector}"
        return RegistryError(f"the bundle of {name} has no {part}", remedy="calibrate it first, then use it")


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


def _checked(folder: Path) -> tuple[Manifest, dict[str, str]]:
    document = _document(folder)
    for name, expected in document["files"].items():
        path = folder / name
        if not path.is_file():
            raise _damaged(path, "no such file", "the file the manifest lists")
        if (found := _sha256(path)) != expected:
            raise _damaged(path, f"SHA-256 {found[:12]}", f"{expected[:12]}, as the manifest says")
    try:
        return Manifest.model_validate(document["manifest"]), document["files"]
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise _damaged(folder / MANIFEST, problem, "a manifest that this version of the platform reads") from error


def _document(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        seal = document.pop("sha256")
        sealed = {"manifest": document["manifest"], "files": dict(document["files"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}", "the manifest of a bundle") from error
    if seal != hashlib.sha256(canonical(sealed)).hexdigest():
        raise _damaged(path, "content that differs from its own SHA-256", "the manifest as it was written")
    return sealed


def _damaged(path: Path, found: str, expected: str) -> RegistryError:
    return RegistryError(f"{path} is missing or damaged", found=found, expected=expected, remedy=REMEDY)


def _files(folder: Path) -> list[Path]:
    return sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
