"""``anomaly-assets events``: detections above the threshold, what of them still waits, and their database's tables."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import load_fleet, platform
from .console import facts, out, table, warn
from .dates import since_of
from .failures import FAILED
from .groups import ListsByDefault

if TYPE_CHECKING:
    from ..events import Recorder

app = typer.Typer(cls=ListsByDefault, help="List detections above the threshold (the default), and see to their queue.")

MOST_REFUSED = 20
"""Events set aside that are shown; all of them stay in the queue."""

Fleet = Annotated[str | None, typer.Argument(metavar="[FLEET]", help="Of this fleet; of all when none is named.")]
Unit = Annotated[str | None, typer.Option(metavar="U", help="Of this unit.")]
Since = Annotated[
    datetime | None,
    typer.Option(parser=since_of, metavar="ISO or 7d", help="Detected since this moment in UTC, or so long ago."),
]
Limit = Annotated[int, typer.Option(min=1, help="The latest so many.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print them as JSON.")]
Down = Annotated[
    str | None,
    typer.Option(metavar="REVISION", help="Go back to this revision (base: to nothing); what came after goes, too."),
]
Deliver = Annotated[bool, typer.Option("--deliver", help="Deliver now what waits.")]
Again = Annotated[bool, typer.Option("--again", help="Line up again what was set aside.")]
Patience = Annotated[float, typer.Option(metavar="S", min=0, help="Seconds to wait for the database.")]


@app.command("list")
def list_events(
    fleet: Fleet = None, unit: Unit = None, since: Since = None, limit: Limit = 20, as_json: AsJson = False
) -> None:
    """List the latest detections above the threshold, as HTTP and MQTT have recorded them.

    Examples:

      anomaly-assets events

      anomaly-assets events pump_loop --since 1d --json
    """
    from ..events import EventStore

    if fleet is not None:
        load_fleet(platform().configs / "fleets" / f"{fleet}.yaml")
    store = EventStore(platform().events_url)
    found = store.events(fleet, unit, start=since, limit=limit)
    if as_json:
        typer.echo(json.dumps([_plain(row) for row in found.iter_rows(named=True)], indent=2))
    elif found.is_empty():
        out().print(f"No such event in {store.address}. It gets them from anomaly-assets serve and listen.")
    else:
        out().print(_listed(found.iter_rows(named=True), named=fleet is None))
    _warn_of_waiting()


@app.command()
def queue(deliver: Deliver = False, again: Again = False, timeout: Patience = 30.0) -> None:
    """Tell how many events wait for their database, why, and what it refused.

    Exit codes: 0 told, 1 events still wait after --deliver, 2 a mistake to mend, 3 unexpected.
    """
    from ..events import Recorder

    found = platform()
    recorder = Recorder(found.events_url, found.events_queue)
    try:
        if again:
            out().print(f"Lined up again: {recorder.queue.again():,}")
        arrived = not deliver or recorder.start().flush(timeout)
        _tell(recorder)
    finally:
        recorder.close(timeout=0)
    if not arrived:
        raise typer.Exit(FAILED)


@app.command()
def migrate(down: Down = None) -> None:
    """Bring the tables of the database of events up to date; whatever records events does so by itself."""
    from ..events import EventStore

    store = EventStore(platform().events_url)
    if down is not None:
        store.downgrade(down)
        out().print(f"{store.address} is at revision {down}", soft_wrap=True)
        return
    before = store.migrate()
    now = store.migrate()
    told = f"was at revision {now} already" if before == now else f"went from {before or 'nothing'} to revision {now}"
    out().print(f"{store.address} {told}", soft_wrap=True)


def _listed(rows: Any, named: bool) -> Any:
    columns = (*(["fleet"] if named else []), "unit", "detected (UTC)", "score", "confidence", "version")
    cells = [
        (
            *([row["fleet"]] if named else []),
            row["sensor_id"],
            f"{row['detected_at']:%Y-%m-%d %H:%M:%S}",
            row["anomaly_score"],
            f"{row['confidence']:.6g}",
            row["model_version"],
        )
        for row in rows
    ]
    return table(columns, cells)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _warn_of_waiting() -> None:
    """Say so if what was recorded is not all there yet."""
    from ..events import Recorder

    found = platform()
    if not found.events_queue.is_dir():
        return
    recorder = Recorder(found.events_url, found.events_queue)
    if waiting := recorder.waiting:
        warn([f"not listed are {waiting:,} that wait for the database; see anomaly-assets events queue"])
    recorder.close()


def _tell(recorder: "Recorder") -> None:
    since, waiting = recorder.queue.oldest(), recorder.waiting
    told = [
        ("database", str(recorder.store.address)),
        ("queue", str(recorder.queue.folder)),
        ("waiting", f"{waiting:,}" + (f", the first since {since:%Y-%m-%d %H:%M:%S} UTC" if since else "")),
        ("delivered now", recorder.delivered or None),
        ("set aside", recorder.refused),
        ("trouble", recorder.trouble),
    ]
    out().print(facts((name, fact) for name, fact in told if fact is not None))
    refusals = recorder.queue.refusals(MOST_REFUSED)
    if not refusals.is_empty():
        rows = [(unit, f"{at:%Y-%m-%d %H:%M:%S}", reason) for unit, at, reason, _ in refusals.iter_rows()]
        out().print(table(("unit", "detected (UTC)", "set aside because"), rows))
        out().print("Once the reason is gone, line them up again: anomaly-assets events queue --again --deliver")
