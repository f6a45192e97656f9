"""``anomaly-assets check``: are all fleet files something the platform understands?"""

from typing import TYPE_CHECKING, Annotated

import typer

from ..config import format_duration, platform
from ..errors import AnomalyAssetsError, ConfigError
from .console import errors, out, table
from .failures import MISTAKE, tell

if TYPE_CHECKING:
    from ..pipelines import FleetCheck


def check(
    fleets: Annotated[list[str] | None, typer.Argument(metavar="[FLEET]...", help="All when none is named.")] = None,
) -> None:
    """Validate fleet files: keys, source, features, detectors, threshold, schedules."""
    from ..pipelines import check_fleets

    checked = check_fleets(platform(), fleets or ())
    faults = {look.name: [*look.faults, *_graph_faults(look)] for look in checked}
    out().print(table(_COLUMNS, [_row(look, len(faults[look.name])) for look in checked]))
    for look in checked:
        if faults[look.name]:
            errors().print(f"{look.path}", style="underline", markup=False, soft_wrap=True)
        for fault in faults[look.name]:
            tell(fault)
    broken = sum(bool(found) for found in faults.values())
    if broken:
        errors().print(f"\n{broken} of {len(checked)} fleet files must be mended.")
        raise typer.Exit(MISTAKE)


_COLUMNS = ("fleet", "format", "every", "sensors", "features", "detectors", "verdict")


def _row(look: "FleetCheck", faults: int) -> tuple[object, ...]:
    verdict = "good" if not faults else f"{faults} fault{'s' if faults > 1 else ''}"
    if look.fleet is None:
        return look.name, None, None, None, None, None, verdict
    fleet = look.fleet
    detectors = ", ".join(fleet.detectors)
    sensors, every = len(fleet.feature_sensors), format_duration(fleet.stride)
    return fleet.fleet, fleet.source.format, every, sensors, look.features, detectors, verdict


def _graph_faults(look: "FleetCheck") -> list[AnomalyAssetsError]:
    """Make the fleet's asset graph, which knows about schedules and owners; only for a file that is good so far."""
    from ..orchestration import build_defs

    if look.fleet is None or look.faults:
        return []
    try:
        build_defs({look.name: look.fleet}, platform())
    except Exception as error:  # whatever Dagster refuses is a fault of the file
        wrong = "no asset graph can be made of it"
        return [ConfigError(wrong, found=str(error).splitlines()[0], remedy="mend owner, start, end or the cron lines")]
    return []
