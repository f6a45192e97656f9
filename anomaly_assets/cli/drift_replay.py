"""``anomaly-assets drift-replay``: what retraining buys a drifting fleet, on synthetic readings with known faults."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from ..config import FleetConfig, FleetDriftConfig, platform
from .console import errors, progress
from .dates import DAY, day_of, yesterday

Fleet = Annotated[str, typer.Argument(metavar="[FLEET]", help="Name of a file in configs/fleets.")]
Days = Annotated[int, typer.Option(min=3, help="Length of the recording.")]
Seed = Annotated[int, typer.Option(help="Of the simulation.")]
Start = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="First day.")]
PerDay = Annotated[
    float | None,
    typer.Option(help="Slow drift from the second third on, in standard deviations a day; 0.05 by default."),
]
Shift = Annotated[
    float | None, typer.Option(help="Change of level when the last third begins, in standard deviations; 3 by default.")
]
PER_DAY, SHIFT = 0.05, 3.0
Every = Annotated[int, typer.Option(min=1, help="Days between two scheduled retrainings.")]
Known = Annotated[bool, typer.Option("--labels-known", help="Tell the platform of every fault on its day.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write everything here, too.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw alarms per day here (PNG).")]


def drift_replay(  # noqa: PLR0917 - typer takes options as parameters
    name: Fleet = "aquaculture",
    days: Days = 120,
    seed: Seed = 7,
    start: Start = None,
    per_day: PerDay = None,
    shift: Shift = None,
    every: Every = 30,
    labels_known: Known = False,
    file: Json = None,
    plot: Plot = None,
) -> None:
    """Replay a drifting fleet day by day: without retraining, on a schedule, and when drift asks for it.

    Nothing is written but FILE: every policy has an installation of its own in a temporary folder.
    """
    from ..pipelines import Site, Span
    from ..pipelines.replay import replay, replay_json, standings, usual_policies
    from ..synthetic import simulate, write_raw
    from .replay_told import tell_replay

    fleet = drifting(Site(platform()).fleet(name), days, per_day, shift)
    first = day_of(start) or yesterday() - (days - 1) * DAY
    with TemporaryDirectory(prefix="drift-replay-") as folder, progress() as told:
        raw, root = Path(folder) / "raw", Path(folder)
        write_raw(simulate(fleet, first, days, seed), fleet, raw)
        span, policies = Span(first, first + days * DAY), usual_policies(timedelta(days=every))
        replayed = replay(fleet, raw, root, span, policies, labels_known=labels_known, progress=told)
    found = standings(replayed)
    tell_replay(replayed, found)
    if file is not None:
        drift = fleet.simulation.drift.model_dump(mode="json") if fleet.simulation.drift else None
        _write(file, {"simulated": {"days": days, "seed": seed, "drift": drift}} | replay_json(replayed, found))
    if plot is not None:
        from ..orchestration.replay_plot import draw_replay

        draw_replay(replayed, plot)
        errors().print(f"Drawn in {plot}", soft_wrap=True)


def drifting(fleet: FleetConfig, days: int, per_day: float | None, shift: float | None) -> FleetConfig:
    """Let a fleet drift from the second third of its recording on, and change its level when the last one begins.

    A fleet whose file says how it drifts is left alone when nothing else is asked for; with 0 and 0 nothing moves.
    """
    if fleet.simulation.drift and per_day is None and shift is None:
        return fleet
    slow, sudden = PER_DAY if per_day is None else per_day, SHIFT if shift is None else shift
    drift = (
        FleetDriftConfig(
            after=days // 3 * DAY if slow else None,
            per_day=slow,
            shift_after=2 * days // 3 * DAY if sudden else None,
            shift=sudden,
        )
        if slow or sudden
        else None
    )
    return fleet.model_copy(update={"simulation": fleet.simulation.model_copy(update={"drift": drift})})


def _write(file: Path, document: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(file)
