"""``anomaly-assets simulate``: a synthetic recording of a fleet in its own raw format, with the truth beside it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ..config import platform
from .console import errors, facts, out
from .dates import DAY, day_of

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Days = Annotated[int | None, typer.Option(min=1, help="Length; simulation.days of the fleet when not given.")]
Seed = Annotated[int, typer.Option(help="The same seed and first day give the same files.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The fleet's raw folder by default.")]
Start = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="First day.")]
DriftFrom = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="From here on the fleet's level is another."),
]
DriftScales = Annotated[float, typer.Option(help="By how many normal standard deviations it moves.")]
Force = Annotated[bool, typer.Option("--force", help="Write even where files of another origin lie.")]


def simulate(  # noqa: PLR0917 - typer takes options as parameters
    fleet: Fleet,
    days: Days = None,
    seed: Seed = 7,
    folder: Out = None,
    start: Start = None,
    drift_from: DriftFrom = None,
    drift_scales: DriftScales = 3.0,
    force: Force = False,
) -> None:
    """Write synthetic raw files with known faults, and labels.csv beside them; they end yesterday by default."""
    from ..pipelines import Site
    from . import simulated

    site = Site(platform())
    config = site.fleet(fleet)
    target = (folder or site.platform.raw_folder(config.source.folder)).expanduser()
    drift = {"drift_from": day_of(drift_from), "drift_scales": drift_scales}
    wanted = simulated.request(config, days, day_of(start), seed, **drift)
    if not force:
        simulated.require_own_folder(target)
    made = simulated.write(config, wanted, target)
    told = [
        ("fleet", fleet),
        ("days", f"{wanted.start} to {wanted.start + (wanted.days - 1) * DAY}"),
        ("units", made.units),
    ]
    told += [("readings", made.readings), ("injected events", made.events), ("files", f"{made.files:,} in {target}")]
    out().print(facts(told))
    if folder is None:
        errors().print(f"Score them with: anomaly-assets backfill {fleet}")
    else:
        errors().print(f"Score them with: anomaly-assets backfill {fleet} --raw {target}", soft_wrap=True)
