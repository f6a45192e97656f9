"""``anomaly-assets incidents``: what is going wrong and since when, and saying that somebody looks after it."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import FleetConfig, platform
from .console import out, table
from .dates import since_of
from .groups import ListsByDefault

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(cls=ListsByDefault, help="List a fleet's incidents (the default), and acknowledge them.")

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Incident = Annotated[str, typer.Argument(metavar="ID", help="As the list tells it.")]
State = Annotated[str | None, typer.Option(help="open, acknowledged, resolved or expired; all when none is named.")]
Unit = Annotated[str | None, typer.Option(metavar="U", help="Of this unit.")]
Since = Annotated[
    datetime | None,
    typer.Option(parser=since_of, metavar="ISO or 7d", help="Up since this moment in UTC, or so long ago, or later."),
]
Limit = Annotated[int, typer.Option(min=1, help="The latest so many; --json tells all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print them as JSON.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who looks after it.")]
Note = Annotated[str, typer.Option(help="What is known or done about it.")]


@app.command("list")
def list_incidents(  # noqa: PLR0917 - typer takes options as parameters
    fleet: Fleet,
    state: State = None,
    unit: Unit = None,
    since: Since = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the latest incidents with the sensor most to blame, and the units that are not simply watched.

    Examples:

      anomaly-assets incidents aquaculture --state open

      anomaly-assets incidents aquaculture --since 7d --json
    """
    from ..pipelines import Site
    from ..pipelines.incidents import fleet_incidents, unit_states_now

    site = Site(platform())
    config = site.fleet(fleet)
    found = fleet_incidents(site, config, start=since, state=state, unit=unit)
    if as_json:
        typer.echo(json.dumps([_plain(row) for row in found.iter_rows(named=True)], indent=2))
        return
    if found.is_empty():
        out().print(f"No such incident of {fleet}. Days raise them with: anomaly-assets backfill {fleet}")
    else:
        out().print(_listed(config, found.head(limit)))
        out().print(_counted(found, limit))
    _tell_units(unit_states_now(site, config))


@app.command()
def acknowledge(fleet: Fleet, incident: Incident, by: By, note: Note = "") -> None:
    """Say that somebody looks after an incident; who says so first is named from then on.

    Example:

      anomaly-assets incidents acknowledge aquaculture 0f3c9a1b2d4e5f60 --by Ada --note 'probe is being cleaned'
    """
    from ..pipelines import Site
    from ..pipelines.incidents import acknowledge as note_that

    site = Site(platform())
    row = note_that(site, site.fleet(fleet), incident, by, note)
    said = f" ({row['note']})" if row["note"] else ""
    who, when = row["acknowledged_by"], f"{row['acknowledged_at']:%Y-%m-%d %H:%M}"
    out().print(
        f"{incident} of {row['unit_id']} is {row['state']}: {who} looks after it since {when} UTC{said}.",
        markup=False,
        soft_wrap=True,
    )


def _listed(fleet: FleetConfig, found: "pl.DataFrame") -> Any:
    grouped = found["group_id"].null_count() < found.height
    columns = ("incident", "unit", "from (UTC)", "lasts", "state", "severity", "because")
    rows = [
        (
            row["incident_id"],
            row["unit_id"],
            f"{row['start']:%Y-%m-%d %H:%M}",
            _lasts(row["end"] - row["start"]),
            row["state"],
            round(row["severity"]),
            _because(fleet, row),
            *([row["group_id"]] if grouped else []),
        )
        for row in found.iter_rows(named=True)
    ]
    return table((*columns, *(["event of the fleet"] if grouped else [])), rows)


def _lasts(length: timedelta) -> str:
    """Tell a length of time by its two largest units, such as 1d 4h."""
    minutes = round(length.total_seconds() / 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    told = [f"{count}{unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or f"{length.total_seconds():.3g}s"


def _because(fleet: FleetConfig, row: dict[str, Any]) -> str | None:
    """The sensor most to blame and the kind, and below it what it read and should have read at the highest score."""
    from .facts import in_units, sensor_and_feature

    sensor, feature = row["sensor_1"], row["feature_1"]
    named = ", ".join(filter(None, [sensor_and_feature(sensor, feature), row["anomaly_kind"]]))
    observed, expected = (in_units(fleet, sensor, feature, row[name]) for name in ("observed_1", "expected_1"))
    beside = f"{row['direction_1'] or 'beside'} {expected}" if expected else None
    return "\n".join(filter(None, [named, ", ".join(filter(None, [observed, beside]))])) or None


def _counted(found: "pl.DataFrame", limit: int) -> str:
    """Say how many alarming windows became so few incidents, and how often alarms set in again."""
    number, alarms, bursts = found.height, int(found["alarms"].sum()), int(found["bursts"].sum())
    more = f" ({number - limit:,} earlier ones not shown)" if number > limit else ""
    each = f"{alarms / number:.3g} alarming windows and {bursts / number:.2g} bursts of alarms"
    return f"{number:,} incidents{more}, {each} each" if number > 1 else f"1 incident, {each}"


def _tell_units(states: "pl.DataFrame") -> None:
    others = states.filter(states["state"] != "watched")
    if others.height:
        rows = [(unit, state, f"{seen:%Y-%m-%d %H:%M}") for unit, state, seen in others.iter_rows()]
        out().print(table(("unit", "is", "last window (UTC)"), rows, title="\nUnits that are not simply watched"))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
