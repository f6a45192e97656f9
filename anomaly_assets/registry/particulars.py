"""What a version says of itself without its detector being loaded: enough to serve it by another engine."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import RegistryError
from ..thresholds import Threshold
from .manifest import Manifest
from .reference_scores import Scores, read_reference_scores
from .sealed import read_json, read_sealed


@dataclass(frozen=True)
class Particulars:
    """A version's papers.

    Attributes
    ----------
    manifest : where it comes from.
    threshold : calibrated.
    reference : scores of normal windows, ascending.
    """

    manifest: Manifest
    threshold: Threshold
    reference: Scores


def read_particulars(folder: Path) -> Particulars:
    """Read a bundle's papers, after every file has shown its hash.

    Raises
    ------
    RegistryError
        If a file is missing or damaged, or the bundle was never calibrated.
    """
    manifest, _ = read_sealed(folder)
    threshold, reference = read_json(folder / "threshold.json"), read_reference_scores(folder)
    if threshold is None or reference is None:
        raise RegistryError(
            f"the bundle of {manifest.fleet}/{manifest.detector} is a draft",
            found="no threshold" if threshold is None else "no reference scores",
            remedy="calibrate it first, then use it",
        )
    return Particulars(manifest, Threshold.from_json(threshold), reference)
