"""The scores that severities are ranked among: of each model version those of its calibration, without its detector."""

from collections.abc import Iterable

from ...config import FleetConfig
from ...errors import IncidentError
from ...incidents import Reference
from ...registry import read_reference_scores
from ..site import Site


def references(site: Site, fleet: FleetConfig, versions: Iterable[int]) -> dict[int, Reference]:
    """Read the reference scores of model versions, by version.

    Raises
    ------
    RegistryError
        If a version is not there, or its scores are damaged.
    IncidentError
        If a version has neither scores nor a profile of them.
    """
    return {version: _reference(site, fleet, version) for version in sorted(set(versions))}


def _reference(site: Site, fleet: FleetConfig, version: int) -> Reference:
    made = site.registry.get(fleet.fleet, version)
    scores = read_reference_scores(site.registry.place(made))
    if scores is None:
        raise IncidentError(
            f"model {made.name} of {fleet.fleet} has no reference scores",
            expected="the scores of its calibration windows, or the profile of its training",
            remedy=f"train again with: anomaly-assets train {fleet.fleet}",
        )
    return Reference.of(scores)
