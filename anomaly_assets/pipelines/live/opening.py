"""A version is put into service: its papers read, its package found, its threshold looked up."""

from functools import partial
from typing import Literal

from ...errors import ReleaseError
from ...features import check_features
from ...incidents import Reference
from ...registry import Bundle, ModelVersion
from ...registry.particulars import Particulars, read_particulars
from ...registry.release.runtime import open_package, package_of
from ..release import releases_folder
from ..site import Site
from .bars import Bars
from .engines import ByBundle, ByPackage, Engine
from .live import Live

EngineChoice = Literal["auto", "onnx", "bundle"]


def open_live(
    site: Site, fleet: str, reference: str | int | ModelVersion = "champion", engine: EngineChoice = "auto"
) -> Live:
    """Put a version of a fleet into service.

    Parameters
    ----------
    reference : a version, or what `Registry.get` understands.
    engine : ``onnx`` scores by the release package, ``bundle`` by the detector itself; ``auto`` takes the package
        where the version was released.

    Raises
    ------
    RegistryError
        If there is no such version, or it is damaged.
    ReleaseError
        If ``onnx`` is wanted and there is no package, or it is damaged.
    """
    version = reference if isinstance(reference, ModelVersion) else site.registry.get(fleet, reference)
    papers = read_particulars(site.registry.place(version))
    known = papers.manifest.fleet_config or site.fleet(fleet)
    check_features(known)
    return Live(
        fleet=known,
        version=version.version,
        manifest=papers.manifest,
        engine=_engine(site, papers, version, engine),
        bars=Bars.of(site, known, papers.threshold, version.version),
        reference=Reference.of(papers.reference),
        open_bundle=partial(_bundle, site, version),
    )


def _bundle(site: Site, version: ModelVersion) -> Bundle | None:
    """Load the bundle; None on an installation that serves packages alone and lacks the detector's library."""
    try:
        return site.registry.load(version.fleet, version.version)
    except ImportError:
        return None


def _engine(site: Site, papers: Particulars, version: ModelVersion, wanted: EngineChoice) -> Engine:
    folder = None if wanted == "bundle" else package_of(releases_folder(site), papers.manifest, version.version)
    if folder is not None:
        return ByPackage(open_package(folder))
    if wanted == "onnx":
        raise ReleaseError(
            f"{version.fleet} {version.name} has no release package below {releases_folder(site)}",
            remedy=f"make one with: anomaly-assets export {version.fleet}/{version.name}",
        )
    bundle = _bundle(site, version)
    if bundle is None:
        raise ReleaseError(
            f"{version.fleet} {version.name} can't be loaded here, and has no release package",
            found="an installation without the libraries of its kind",
            remedy=f"where it was trained: anomaly-assets export {version.fleet}/{version.name}",
        )
    return ByBundle(bundle)


def released_since(site: Site, live: Live) -> bool:
    """Whether a version that its bundle serves has come to have a release package."""
    releases = releases_folder(site)
    return live.engine_name == "bundle" and package_of(releases, live.manifest, live.version) is not None
