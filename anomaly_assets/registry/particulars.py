"""What a version says of itself without its detector being loaded: enough to serve it by another engine."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import RegistryError
from ..monitoring import ReferenceProfile
from ..thresholds import Threshold
from .manifest import Manifest
from .sealed import read_json, read_sealed


@dataclass(frozen=True)
class Particulars:
    """A version's papers.

    Attributes
    ----------
    manifest : where it comes from.
    threshold : calibrated.
    profile : what training looked like.
    """

    manifest: Manifest
    threshold: Threshold
    profile: ReferenceProfile


def read_particulars(folder: Path) -> Particulars:
    """Read a bundle's papers, after every file has shown its hash.

    Raises
    ------
    RegistryError
        If a file is missing or damaged, or the bundle was never calibrated.
    """
    manifest, _ = read_sealed(folder)
    threshold, profile = read_json(folder / "threshold.json"), read_json(folder / "profile.json")
    if threshold is None or profile is None:
        raise RegistryError(
            f"the bundle of {manifest.fleet}/{manifest.detector} is a draft",
            found="no threshold" if threshold is None else "no reference profile",
            remedy="calibrate it first, then use it",
        )
    return Particulars(manifest, Threshold.from_json(threshold), ReferenceProfile.from_json(profile))
