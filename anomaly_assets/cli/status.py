"""``anomaly-assets status``: what a person asks each morning."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import FleetConfig, format_duration, platform
from ..errors import AnomalyAssetsError
from .console import facts, out, table
from .failures import MISTAKE, tell

if TYPE_CHECKING:
    from ..pipelines import FleetStatus, Site

Fleet = Annotated[str | None, typer.Argument(metavar="[FLEET]", help="All, in one line each, when none is named.")]


def status(fleet: Fleet = None) -> None:
    """Show days, champion, alarms, drift and quarantine of a fleet, or of all."""
    from ..pipelines import Site, fleet_status

    site = Site(platform())
    if fleet is None:
        _tell_all(site)
        return
    config = site.fleet(fleet)
    found = fleet_status(site, config)
    if found.last_day is None:
        out().print(f"Nothing of {fleet} is scored yet. Start with: anomaly-assets backfill {fleet}")
        return
    _tell_one(site, config, found)


def _tell_all(site: "Site") -> None:
    from ..pipelines import check_fleets, fleet_status

    rows: list[tuple[object, ...]] = []
    faults: list[AnomalyAssetsError] = []
    for look in check_fleets(site.platform):
        if look.fleet is None:
            faults += look.faults
        else:
            rows.append(_row(fleet_status(site, look.fleet)))
    out().print(table(("fleet", "scored to", "windows", "champion", "alarms", "open", "drift", "removed"), rows))
    for fault in faults:
        tell(fault)
    if faults:
        raise typer.Exit(MISTAKE)


def _row(found: "FleetStatus") -> tuple[object, ...]:
    from .facts import fraction

    champion, (_, opened) = found.champion.name if found.champion else None, found.incidents
    drifted, removed = fraction(*found.drifted), found.rows["quarantine"]
    return found.fleet, found.last_day, found.rows["scores"], champion, found.alarms, opened, drifted, removed


def _tell_one(site: "Site", fleet: FleetConfig, found: "FleetStatus") -> None:
    from .facts import by_rule, removed_by_rule, share

    rate = f", {found.alarms / found.unit_days:.2g} per unit and day" if found.unit_days else ""
    latest = f", last on {found.latest_drift}" if found.latest_drift else ""
    made = f", made {found.champion.created_at:%Y-%m-%d %H:%M} UTC" if found.champion else ""
    out().print(f"[bold]{fleet.fleet}[/bold]  {fleet.description}", highlight=False)
    told = [
        ("scored", f"{found.first_day} to {found.last_day}, {found.rows['scores']:,} windows of {_every(fleet)}"),
        ("champion", found.champion.name + made if found.champion else "none yet"),
        ("alarms", f"{found.alarms:,} after training{rate}"),
        ("incidents", _incidents(fleet, found)),
        ("against labels", _against(found)),
        ("drifted days", share(*found.drifted) + latest),
        ("quarantined", by_rule(removed_by_rule(site, fleet))),
        ("unreadable", ", ".join(found.problems) or "no file"),
        *([("forecaster", _forecaster(site, fleet, found))] if fleet.forecast else []),
    ]
    out().print(facts(told))
    _tell_alarms(site, fleet, found)
    for problem in found.problems.values():
        tell(AnomalyAssetsError(problem))


def _forecaster(site: "Site", fleet: FleetConfig, found: "FleetStatus") -> str:
    from .facts import no_forecaster

    if found.forecaster is None:
        return no_forecaster(site, fleet)
    until = f", latest forecast from {found.forecast_from}" if found.forecast_from else ", nothing forecast yet"
    return f"{found.forecaster.name}, made {found.forecaster.created_at:%Y-%m-%d %H:%M} UTC{until}"


def _incidents(fleet: FleetConfig, found: "FleetStatus") -> str:
    number, opened = found.incidents
    return f"{number:,}, {opened:,} of them open; see anomaly-assets incidents {fleet.fleet}" if number else "none"


def _every(fleet: FleetConfig) -> str:
    return format_duration(fleet.stride)


def _against(found: "FleetStatus") -> str:
    from .summary import caught, false_alarms

    if found.against_labels is None:
        return "no labels"
    return f"{caught(found)} events found, {false_alarms(found)} false alarms per unit and day"


def _tell_alarms(site: "Site", fleet: FleetConfig, found: "FleetStatus") -> None:
    from .facts import last_seen

    if found.recent.is_empty():
        return
    seen = last_seen(site, fleet, found.recent["end"].min())  # type: ignore[arg-type]
    named = found.recent["anomaly_kind"].null_count() < found.recent.height
    rows = [
        (
            row["unit_id"],
            f"{row['start']:%Y-%m-%d %H:%M}",
            "still open" if seen.get(row["unit_id"]) == row["end"] else f"{row['end']:%Y-%m-%d %H:%M}",
            *_why(fleet, row),
            *([row["anomaly_kind"]] if named else []),
            row["peak_score"],
        )
        for row in found.recent.iter_rows(named=True)
    ]
    kind = ["kind"] if named else []
    columns = ("unit", "from (UTC)", "to", "sensor", "observed", "expected", "", *kind, "peak score")
    out().print(table(columns, rows, title="\nLatest alarms"))


def _why(fleet: FleetConfig, row: dict[str, Any]) -> tuple[str | None, ...]:
    """The sensor most to blame, what it read and should have read at the alarm's height, and the direction."""
    from .facts import in_units, sensor_and_feature

    sensor, feature = row["top_sensor"], row["feature_1"]
    values = (in_units(fleet, sensor, feature, row[name]) for name in ("observed_1", "expected_1"))
    return sensor_and_feature(sensor, feature), *values, row["direction_1"]
