"""From a registered version to a release package: tried on what was held back from it, written, and noted on it.

What a package consists of, and when a model may not leave, is said in registry/release/.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import FleetConfig
from ..errors import ReleaseError
from ..registry import Bundle, ModelVersion
from ..registry.release.documents import Subject
from ..registry.release.examples import Examples, examples_of
from ..registry.release.package import Package, write_package
from .site import Site
from .train import held_back

STEPS = 3


@dataclass(frozen=True)
class Released:
    """A version that was released, with the note of it, and its package."""

    version: ModelVersion
    package: Package


def releases_folder(site: Site) -> Path:
    """Where packages are kept unless somebody says otherwise."""
    return site.platform.home / "releases"


def release(
    site: Site,
    fleet: FleetConfig,
    reference: str | int = "champion",
    folder: Path | None = None,
    *,
    version: str | None = None,
    joblib: bool = False,
    force: bool = False,
) -> Released:
    """Release a version of a fleet, and note on it under what name and with which SHA-256.

    Parameters
    ----------
    reference : as of `Registry.get`.
    folder : where packages are kept; ``releases`` below the installation's home when not given.
    version : name of the release; the version's number when not given.
    joblib : whether the package also holds the model as a pickle.
    force : whether another package under the same name is replaced.

    Raises
    ------
    ReleaseError
        If the version can't be exported, onnxruntime disagrees with the platform on held-back windows, another
        package lies there, or it can't be written; nothing is left on disk then.
    RegistryError
        If there is no such version, or its bundle is damaged.
    """
    found = site.registry.get(fleet.fleet, reference)
    bundle = site.registry.load(fleet.fleet, found.version)
    what = f"{fleet.fleet}: releasing {found.name}"
    site.tell(what, 0, STEPS)
    examples = _examples(site, fleet, bundle)
    site.tell(what, 1, STEPS)
    subject = Subject(bundle, found.version, found.status, _evaluation(site, fleet, found))
    package = write_package(
        subject, examples, folder or releases_folder(site), version=version, joblib=joblib, force=force
    )
    site.tell(what, 2, STEPS)
    _note(site, fleet, found, package)
    site.tell(what, STEPS, STEPS)
    return Released(site.registry.get(fleet.fleet, found.version), package)


def _examples(site: Site, fleet: FleetConfig, bundle: Bundle) -> Examples:
    rows = held_back(site, fleet, bundle)
    missing = [name for name in bundle.manifest.features if name not in rows.windows.columns]
    if missing:
        raise ReleaseError(
            f"the features of {fleet.fleet} are no longer those of {bundle.manifest.detector}",
            found=f"no column {', '.join(missing)}",
            remedy=f"train with the fleet's file as it is now: anomaly-assets train {fleet.fleet}",
        )
    return examples_of(bundle, rows.windows, rows.wanted)


def _evaluation(site: Site, fleet: FleetConfig, version: ModelVersion) -> dict[str, Any] | None:
    """The latest evaluation's record, where it is of this version."""
    place = site.platform.home / "reports" / fleet.fleet / "evaluation.json"
    try:
        record: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"the record of the evaluation {place} can't be read",
            found=str(error),
            remedy="materialise evaluation again, or delete the file",
        ) from error
    return record if record.get("version") == version.name else None


def _note(site: Site, fleet: FleetConfig, version: ModelVersion, package: Package) -> None:
    note = json.dumps({"version": package.version, "sha256": package.sha256})
    if version.tags.get("release") != note:
        site.registry.tag(fleet.fleet, version.version, {"release": note})
