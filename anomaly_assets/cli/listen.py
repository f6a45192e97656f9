"""``anomaly-assets listen``: a fleet's readings by MQTT, scored as they come, until somebody ends it."""

import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import credentials, load_broker, platform
from .console import errors, facts, out
from .dates import duration_of

if TYPE_CHECKING:
    from ..realtime import Listened, Listener

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets, with realtime in it.")]
Host = Annotated[
    str | None, typer.Option(metavar="NAME", help="Where the broker is; else as configs/realtime.yaml says.")
]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="The broker's port.")]
Metrics = Annotated[int | None, typer.Option(min=1, max=65_535, help="Answer Prometheus on this port.")]
UntilIdle = Annotated[
    timedelta | None,
    typer.Option(
        parser=duration_of, metavar="TIME", help="End when nothing has come for so long, such as 10s; for replays."
    ),
]
Afresh = Annotated[
    bool, typer.Option("--afresh", help="Put the journal aside first, so that a recording can be played once more.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but what came of it.")]


def listen(  # noqa: PLR0917 - typer takes options as parameters
    fleet: Fleet,
    host: Host = None,
    port: Port = None,
    metrics_port: Metrics = None,
    until_idle: UntilIdle = None,
    afresh: Afresh = False,
    quiet: Quiet = False,
) -> None:
    """Score a fleet's readings as they come by MQTT; publish scores and incidents, record events.

    Every message is in the journal below ANOMALY_HOME/realtime before the broker is told that it has arrived. Ended in
    whatever way, the next run goes on where this one was, and drops what comes again, as from a second replay;
    --afresh gives the journal another name and begins with an empty one. Ctrl-C or SIGTERM ends it in order.

    Who we are to the broker: ANOMALY_MQTT_USER and ANOMALY_MQTT_PASSWORD. Exit codes: 0 ended, 2 a mistake to mend.

    Examples:

      anomaly-assets listen aquaculture

      anomaly-assets listen aquaculture --afresh

      anomaly-assets listen aquaculture --host broker.example --metrics-port 9109
    """
    from ..pipelines import Site
    from ..realtime import Listener

    site = Site(platform())
    config, broker = site.fleet(fleet), load_broker(site.platform.configs)
    said = {"host": host, "port": port, "metrics_port": metrics_port}
    broker = broker.model_copy(update={name: value for name, value in said.items() if value is not None})
    listener = Listener(site, config, broker, credentials(), _hush if quiet else _say, afresh=afresh)
    _end_in_order(listener)
    _tell(listener.run(until_idle), listener)


def _say(line: str) -> None:
    errors().print(f"{datetime.now(UTC):%H:%M:%S} {line}", markup=False, soft_wrap=True)


def _hush(line: str) -> None:
    """Say nothing."""


def _end_in_order(listener: "Listener") -> None:
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, lambda number, frame: listener.end())


def _tell(listened: "Listened", listener: "Listener") -> None:
    counts, (unpublished, unrecorded) = listened.counts, listened.behind
    rate = counts["messages"] / listened.seconds if listened.seconds else 0.0
    told: list[tuple[str, object]] = [
        ("messages", f"{counts['messages']:,} in {listened.seconds:,.1f} s ({rate:,.0f}/s)")
    ]
    told += [("readings", _with(counts["readings"], counts, ("duplicates", "out_of_order", "late")))]
    if counts["gaps"]:
        told += [("missing", f"{counts['missing'] - counts['filled']:,} messages, in {counts['gaps']:,} gaps")]
    if counts["quarantined"]:
        rules = {name.partition(":")[2]: n for name, n in counts.items() if name.startswith("quarantined:") and n}
        told += [("quarantined", ", ".join(f"{count:,} {rule}" for rule, count in sorted(rules.items())))]
    told += [("windows", counts["windows"]), ("alarms", counts["alarms"]), ("incidents", counts["incidents"])]
    waiting = {"windows to be published": unpublished, "alarms to become events": unrecorded}
    waiting |= {"events for their database": listened.events_waiting}
    left = ", ".join(f"{count:,} {what}" for what, count in waiting.items() if count)
    told += [("waiting", left)] if left else []
    aside = [("put aside", listener.aside)] if listener.aside else []
    out().print(facts([*told, ("journal", listener.journal.path), *aside]), soft_wrap=True)


def _with(whole: int, counts: dict[str, int], parts: tuple[str, ...]) -> str:
    named = ", ".join(f"{counts[name]:,} {name.replace('_', ' ')}" for name in parts if counts[name])
    return f"{whole:,}" + (f" ({named})" if named else "")
