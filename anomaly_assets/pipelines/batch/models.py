"""Models that score files: found in the registry, in a bundle's folder or in a file. Nothing is scored here."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import ScoringError
from ...registry import Bundle
from ...registry.release.foreign import TURNED
from ...registry.sealed import MANIFEST
from ...registry.store import CHAMPION
from ...registry.versions import find
from ..site import Site

PICKLED = ".joblib"
LISTED = 10
"""So many models are named in an error."""

_FLEET = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Opened:
    """A model, ready to score.

    Attributes
    ----------
    name : ``<fleet>_<detector>``.
    kind : of detector.
    bundle : what scores.
    version : number in the registry; None where it comes from a folder or a file.
    path : the bundle's folder or file.
    warnings : what a person should know, in sentences.
    """

    name: str
    kind: str
    bundle: Bundle
    version: int | None
    path: Path
    warnings: tuple[str, ...] = field(default=())


def open_model(site: Site, reference: str, *, trust_pickle: bool = False) -> Opened:
    """Find a model by what a person calls it.

    Parameters
    ----------
    reference : ``fleet`` (its champion), ``fleet/detector`` (its latest version), ``fleet/detector/version``, the
        folder of a bundle, or a ``.joblib`` file.
    trust_pickle : whether a ``.joblib`` may be opened. Opening one runs whatever code its maker put into it.

    Raises
    ------
    ScoringError
        If there is no such model; the message lists those there are.
    RegistryError
        If the fleet has no such model, the bundle is damaged, or the file is a pickle that isn't trusted.
    """
    path = Path(reference).expanduser()
    if path.suffix == PICKLED:
        return _opened(_unpickled(site, path, trusted=trust_pickle), path, None)
    if (path / MANIFEST).is_file():
        return _opened(_from_folder(path), path, None)
    fleet, _, which = reference.strip("/").partition("/")
    known = site.registry.versions(fleet) if _FLEET.fullmatch(fleet) and not path.is_absolute() else []
    if not known and _configured(site, fleet):
        raise ScoringError(f"fleet {fleet} has no model yet", remedy=f"train one with: anomaly-assets train {fleet}")
    if not known:
        raise _not_found(site, reference, path)
    version = find(known, fleet, which or CHAMPION)
    bundle = site.registry.load(fleet, version.version)
    return _opened(bundle, site.registry.place(version), version.version)


def _configured(site: Site, fleet: str) -> bool:
    return _FLEET.fullmatch(fleet) is not None and (_fleets(site) / f"{fleet}.yaml").is_file()


def _fleets(site: Site) -> Path:
    return site.platform.configs / "fleets"


def available(site: Site) -> tuple[str, ...]:
    """Name the models of every fleet as `open_model` knows them, a fleet's newest first."""
    fleets = sorted(path.stem for path in _fleets(site).glob("*.yaml"))
    versions = [version for fleet in fleets for version in site.registry.versions(fleet)]
    told = (f" ({', '.join(version.aliases)})" if version.aliases else "" for version in versions)
    return tuple(f"{version.fleet}/{version.name}{aliases}" for version, aliases in zip(versions, told, strict=True))


def _opened(bundle: Bundle, path: Path, version: int | None) -> Opened:
    manifest = bundle.manifest
    name = f"{manifest.fleet}_{manifest.detector}"
    return Opened(name, manifest.kind, bundle, version, path, tuple(_warnings(bundle, name)))


def _warnings(bundle: Bundle, name: str) -> list[str]:
    said = []
    if bundle.detector.tags.sanity_only:
        said.append(f"{name} is a baseline to compare with; its scores are no reason to look at a machine")
    if bundle.threshold is not None and bundle.threshold.adapts:
        said.append(f"the threshold of {name} moves with the scores; it begins here as it was calibrated")
    if bundle.threshold is not None and (turned := bundle.threshold.params.get(TURNED)) is not None:
        said.append(f"scores of {name} are turned so that higher is more anomalous, and its threshold {turned:g} too")
    return said


def _from_folder(path: Path) -> Bundle:
    if (path / "model.onnx").is_file():
        pickled = path / f"model{PICKLED}"
        also = f", or with {pickled} and --trust-pickle" if pickled.is_file() else ""
        raise ScoringError(
            f"{path} is a release package, which holds no bundle",
            expected="a fleet, fleet/detector, fleet/detector/version, the folder of a bundle, or a .joblib",
            remedy=f"score with the version that was released, which its model_card.md names{also}",
        )
    return Bundle.load(path)


def _unpickled(site: Site, path: Path, *, trusted: bool) -> Bundle:
    if not path.is_file():
        raise _not_found(site, str(path), path)
    from ...registry.release.joblib_file import read_joblib

    return read_joblib(path, trust_pickle=trusted)


def _not_found(site: Site, reference: str, path: Path) -> ScoringError:
    known = available(site)
    more = [f"and {len(known) - LISTED} more"] if len(known) > LISTED else []
    found = "a folder without a manifest.json" if path.is_dir() else "no such file, folder or fleet with a model"
    listing = "list the models of a fleet with: anomaly-assets models list FLEET"
    return ScoringError(
        f"there is no model {reference!r}",
        found=found,
        expected=f"one of {', '.join([*known[:LISTED], *more])}" if known else "a model; none was trained yet",
        remedy=f"check the name; {listing}" if known else "train one with: anomaly-assets train FLEET",
    )
