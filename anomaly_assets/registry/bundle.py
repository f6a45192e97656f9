"""The deployable: detector, conditioner, scaler, threshold, profile and manifest travel together, as one folder.

Nothing is pickled. How a folder is sealed belongs in sealed.py, versions and aliases in store.py.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ..detectors import Detector, load_detector
from ..errors import RegistryError
from ..features import Conditioner, Scaler, require_columns
from ..monitoring import ReferenceProfile
from ..thresholds import Threshold
from .manifest import Manifest
from .reference_scores import REFERENCE_SCORES, load_scores, save_scores
from .sealed import read_json, read_sealed, write_sealed

CONDITIONER = "conditioner.json"


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
    reference_scores : (n_scores,) ascending, of the normal windows that the threshold was found on, see
        reference_scores.py; None before calibration, and in bundles of earlier versions of the platform.
    """

    detector: Detector
    scaler: Scaler
    threshold: Threshold | None
    profile: ReferenceProfile | None
    manifest: Manifest
    conditioner: Conditioner | None = None
    reference_scores: np.ndarray | None = None

    def prepared(self, features: pl.DataFrame) -> pl.DataFrame:
        """Make of windows (rows of contracts.features) what the detector is given.

        That is conditioned, then scaled; NaN where missing for one that asks for gaps; as it is, null where missing,
        for one that reads unscaled features.

        Raises
        ------
        FeatureError
            If a column that was learnt from is missing.
        """
        if not self.detector.tags.unscaled:
            return self.scaled(features, gaps=self.detector.tags.gaps)
        wanted = ["unit_id", "window_start", "window_end", *self.scaler.columns]
        require_columns(features, wanted)
        return features.select(wanted)

    def scaled(self, features: pl.DataFrame, *, gaps: bool = False) -> pl.DataFrame:
        """Make of windows what drift is measured on and sensors are compared by: conditioned, then scaled.

        A missing feature is 0, or NaN with ``gaps``.

        Raises
        ------
        FeatureError
            If a column that was learnt from is missing.
        """
        known = self.conditioner.transform(features) if self.conditioner else features
        return self.scaler.transform(known, gaps=gaps)

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
        write_sealed(folder, self.manifest, self._write)

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read what `save` wrote, after every file has shown its hash.

        Raises
        ------
        RegistryError
            If a file is missing, damaged or not what the manifest says; the message names it.
        """
        manifest, files = read_sealed(folder)
        threshold, profile = read_json(folder / "threshold.json"), read_json(folder / "profile.json")
        conditioner = read_json(folder / CONDITIONER) if CONDITIONER in files else None  # older bundles have none
        return cls(
            detector=load_detector(folder / "detector"),
            scaler=Scaler.from_json(read_json(folder / "scaler.json")),
            threshold=None if threshold is None else Threshold.from_json(threshold),
            profile=None if profile is None else ReferenceProfile.from_json(profile),
            manifest=manifest,
            conditioner=None if conditioner is None else Conditioner.from_json(conditioner),
            reference_scores=load_scores(folder / REFERENCE_SCORES) if REFERENCE_SCORES in files else None,
        )

    def _write(self, folder: Path) -> None:
        self.detector.save(folder / "detector")
        parts = {name: getattr(self, name) for name in ("conditioner", "scaler", "threshold", "profile")}
        for name, part in parts.items():
            (folder / f"{name}.json").write_text(json.dumps(None if part is None else part.to_json()), encoding="utf-8")
        if self.reference_scores is not None:
            save_scores(folder / REFERENCE_SCORES, self.reference_scores)

    def _incomplete(self, part: str) -> RegistryError:
        name = f"{self.manifest.fleet}/{self.manifest.detector}"
        return RegistryError(f"the bundle of {name} has no {part}", remedy="calibrate it first, then use it")
