"""``anomaly-assets demo``: every shipped fleet from synthetic raw files to drift report, and the UI to look at it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import FleetConfig, platform
from .console import errors, progress
from .failures import FAILED
from .ui import PORT, Port, leave_running

if TYPE_CHECKING:
    from ..pipelines import Site

SEED = 7
Days = Annotated[int | None, typer.Option(min=1, help="Days per fleet; simulation.days of each when not given.")]
Ui = Annotated[bool, typer.Option("--ui/--no-ui", help="Leave the Dagster UI running at the end.")]


def demo(days: Days = None, ui: Ui = True, port: Port = PORT) -> None:
    """Simulate, backfill, train, score and report drift for every shipped fleet, then open the UI."""
    from ..pipelines import Site, fleet_status
    from .summary import tell_summary

    site = Site(platform())
    fleets = _fleets(site)
    ended_well = [_run(site, fleet, days, number, len(fleets)) for number, fleet in enumerate(fleets, start=1)]
    errors().print()
    tell_summary([fleet_status(site, fleet) for fleet in fleets])
    if ui:
        leave_running(site.platform, port)
    if not all(ended_well):
        raise typer.Exit(FAILED)


def _fleets(site: "Site") -> list[FleetConfig]:
    """Choose the fleets that a simulation may be made of: those whose raw folder lies below ANOMALY_HOME."""
    from ..errors import ConfigError
    from ..pipelines import check_fleets

    looks = check_fleets(site.platform)
    for look in looks:
        if look.faults:
            raise look.faults[0]
    fleets = [
        look.fleet for look in looks if look.fleet and not Path(look.fleet.source.folder).expanduser().is_absolute()
    ]
    if not fleets:
        raise ConfigError(
            "every fleet has a raw folder of its own, so there is nothing to simulate",
            remedy="anomaly-assets backfill FLEET computes a fleet of your own",
        )
    return fleets


def _run(site: "Site", fleet: FleetConfig, days: int | None, number: int, of: int) -> bool:
    """Take one fleet from nothing to its drift report; tells whether its run ended well."""
    from ..orchestration import days_of
    from . import running

    _see_to_raw_files(site, fleet, days, f"{number}/{of} {fleet.fleet}")
    with progress() as told:
        recorded = running.stage_raw(site, fleet, told)
        outcome = running.run_days(site, fleet, days_of(fleet, (recorded.start, recorded.days()[-1])), told)
    running.tell_failures(outcome)
    return outcome.success


def _see_to_raw_files(site: "Site", fleet: FleetConfig, days: int | None, what: str) -> None:
    """See to it that the fleet has raw files: its own, those of an earlier demo, or new synthetic ones."""
    from . import simulated

    folder, wanted = site.platform.raw_folder(fleet.source.folder), simulated.request(fleet, days, seed=SEED)
    site.raw[fleet.fleet] = folder
    if folder.is_dir() and simulated.holds_foreign_files(folder):
        errors().print(f"{what}: {folder} holds files of your own; they are used as they are")
    elif made := simulated.already(fleet, wanted, folder):
        errors().print(f"{what}: {made.readings:,} simulated readings are there already")
    else:
        simulated.clear(folder)
        made = simulated.write(fleet, wanted, folder)
        told = f"{made.readings:,} readings of {made.units} units, {made.events} faults among them"
        errors().print(f"{what}: simulated {wanted.days} days, {told}")
