"""``anomaly-assets backfill``: from a folder of raw files to scored days, in one run here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import FleetConfig, platform
from .console import errors, facts, out, progress
from .dates import DAY, From, To, chosen_days, day_of
from .failures import FAILED

if TYPE_CHECKING:
    from ..pipelines import Site, Span

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Raw = Annotated[Path | None, typer.Option(metavar="DIR", help="Read the raw files here, now and from now on.")]


def backfill(fleet: Fleet, raw: Raw = None, first: From = None, last: To = None) -> None:
    """Turn raw files into scored days in one run; all recorded days when none is named."""
    from ..orchestration import days_of
    from ..pipelines import Site
    from . import running

    site = Site(platform(), {fleet: raw.expanduser()} if raw else {})
    config = site.fleet(fleet)
    with progress() as told:
        recorded = running.stage_raw(site, config, told)
        known = days_of(config, (recorded.start, recorded.end - DAY))
        span = chosen_days(fleet, recorded, known, day_of(first), day_of(last))
        outcome = running.run_days(site, config, span, told)
    tell_days(site, config, span)
    running.tell_problems(site.source(config).problems)
    running.tell_failures(outcome)
    if not outcome.success:
        raise typer.Exit(FAILED)
    errors().print(f"Look closer with: anomaly-assets status {fleet}, or in the UI: anomaly-assets ui")


def tell_days(site: "Site", fleet: FleetConfig, span: "Span") -> None:
    """Print what the tables hold for a span of days."""
    from ..registry import forecaster_of
    from .facts import by_rule, day_facts, no_forecaster, share

    found, readings = day_facts(site, fleet, span), site.source(fleet).days()
    champion, forecaster = site.registry.alias(fleet.fleet), site.registry.alias(forecaster_of(fleet.fleet))
    read = sum(rows for day, rows in readings.items() if span.start <= day < span.end)
    days = (span.end - span.start).days
    out().print(f"\n[bold]{fleet.fleet}[/bold]  {span.start} to {span.end - DAY}")
    told = [
        ("days", f"{days:,}, scored {found.scored_days:,}"),
        ("raw readings", read),
        *((name.replace("_", " "), found.rows[name]) for name in ("cleaned_sensors", "features", "scores", "labels")),
        ("quarantined", by_rule(found.removed)),
        ("champion", champion.name if champion else "none yet"),
        ("alarms", f"{found.alarms:,}, and {found.alarms_in_training:,} in the training window"),
        ("drifted days", share(found.drifted_days, found.judged_days)),
        *([("forecaster", forecaster.name if forecaster else no_forecaster(site, fleet))] if fleet.forecast else []),
    ]
    out().print(facts(told))
    out().print()
