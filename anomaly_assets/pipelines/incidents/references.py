"""The scores that severities are ranked among: of each model version those of its calibration, without its detector."""

from collections.abc import Iterable

import numpy as np

from ...config import FleetConfig
from ...errors import IncidentError
from ...incidents import Reference
from ...registry import ModelVersion, read_reference_scores, reference_of
from ..site import Site


def references(site: Site, fleet: FleetConfig, versions: Iterable[int]) -> dict[int, Reference]:
    """Read the reference scores of model versions, by version.

    Of a version that the registry no longer knows, the stored scores below its threshold stand in: what it scored
    still raises incidents.

    Raises
    ------
    RegistryError
        If the scores of a version are damaged.
    IncidentError
        If nothing at all is known of a version's scores.
    """
    wanted = sorted(set(versions))
    known = {version.version: version for version in site.registry.versions(fleet.fleet)} if wanted else {}
    return {number: _reference(site, fleet, number, known.get(number)) for number in wanted}


def _reference(site: Site, fleet: FleetConfig, number: int, version: ModelVersion | None) -> Reference:
    scores = None if version is None else read_reference_scores(site.registry.place(version))
    if scores is None:
        scores = reference_of(_stored_scores(site, fleet, number))
    if not scores.size:
        raise IncidentError(
            f"nothing is known of the scores of version {number} of {fleet.fleet}",
            expected="a version of the registry, or one that has scored windows",
            remedy=f"train again with: anomaly-assets train {fleet.fleet}",
        )
    return Reference.of(scores)


def _stored_scores(site: Site, fleet: FleetConfig, number: int) -> np.ndarray:
    """Read what a version has scored below its threshold, whenever that was."""
    if not site.warehouse.days(site.table(fleet, "scores")):
        return np.empty(0)
    asked = f'SELECT score FROM "{fleet.fleet}".scores WHERE model_version = ? AND NOT is_anomaly'
    return site.warehouse.query(asked, [number])["score"].to_numpy()
