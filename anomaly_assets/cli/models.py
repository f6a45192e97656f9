"""``anomaly-assets models``: which versions there are, who is champion, who is tried out, and changing that by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..config import platform
from .console import facts, out, table

if TYPE_CHECKING:
    from ..pipelines import SideBySide, Site
    from ..registry import ModelVersion

app = typer.Typer(
    help="List model versions; promote one, try one out, or go back to the one before.", no_args_is_help=True
)

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Model = Annotated[str, typer.Argument(metavar="FLEET", help="A fleet, or FLEET.forecaster for what forecasts it.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A number, a detector, or detector/number.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the record of who was live when.")]
Days = Annotated[int, typer.Option(min=1, help="The latest scored days that are compared.")]
BY_HAND = "by hand"
KEPT = "Days already scored or forecast keep the version that did it."
DETECTED = {"threshold": "threshold", "validation_alarm_share": "alarm share"}
FORECAST = {"validation_rmse": "validation rmse", "test_rmse": "test rmse", "test_skill": "test skill"}
"""Which measures are shown of a detector, and of a forecaster."""


@app.command("list")
def list_versions(fleet: Model) -> None:
    """List a fleet's versions and who was live when."""
    from ..registry import fleet_of

    site = _site_of(fleet)
    versions, changes = site.registry.versions(fleet), site.registry.history(fleet)
    if not versions:
        out().print(f"No model of {fleet} yet. Make one with: anomaly-assets train {fleet_of(fleet)}")
        return
    measured = DETECTED if fleet_of(fleet) == fleet else FORECAST
    rows = [_row(version, measured) for version in versions]
    out().print(table(("version", "made (UTC)", "status", *measured.values()), rows))
    live = [(f"{c.when:%Y-%m-%d %H:%M}", c.version, c.reason) for c in changes if c.alias == "champion"]
    out().print(table(("since (UTC)", "version", "because"), live, title="Champions so far"))


@app.command()
def promote(fleet: Model, version: Version, reason: Reason = BY_HAND) -> None:
    """Make a version the champion, from the next scored day on."""
    made = _aliased(fleet, "champion", version, reason)
    out().print(f"{made.name} is champion of {fleet}. {KEPT}")


@app.command()
def rollback(fleet: Model, reason: Reason = "rolled back by hand") -> None:
    """Make the champion before this one champion again."""
    made = _site_of(fleet).registry.rollback(fleet, reason)
    out().print(f"{made.name} is champion of {fleet} again. {KEPT}")


@app.command()
def shadow(fleet: Fleet, version: Version, reason: Reason = BY_HAND) -> None:
    """Try a version out: it scores the same days as the champion, and alarms nobody."""
    from ..pipelines import Site

    Site(platform()).fleet(fleet)  # a forecaster is nothing that could be tried out
    made = _aliased(fleet, "shadow", version, reason)
    out().print(f"{made.name} is tried out beside the champion of {fleet} from the next scored day on.")
    out().print(
        f"For days before: anomaly-assets backfill {fleet} --from DAY, then anomaly-assets models compare {fleet}"
    )


@app.command()
def compare(fleet: Fleet, days: Days = 30) -> None:
    """Set the versions that are tried out beside the champion, over the latest days."""
    from ..pipelines import Site, compare_shadows

    site = Site(platform())
    found = compare_shadows(site, site.fleet(fleet), days)
    for pair in found:
        _tell_pair(fleet, pair)


def _site_of(model: str) -> "Site":
    """Open the installation; a fleet that is none is told as such."""
    from ..pipelines import Site
    from ..registry import fleet_of

    site = Site(platform())
    site.fleet(fleet_of(model))
    return site


def _aliased(fleet: str, alias: str, version: str, reason: str) -> "ModelVersion":
    site = _site_of(fleet)
    number = site.registry.get(fleet, int(version) if version.isdigit() else version).version
    return site.registry.set_alias(fleet, alias, number, reason)


def _tell_pair(fleet: str, pair: "SideBySide") -> None:
    if not pair.windows or pair.first is None or pair.last is None:
        out().print(
            f"{pair.shadow} and the champion {pair.champion} have scored no window in common in these days. "
            f"Score them with: anomaly-assets backfill {fleet} --from DAY"
        )
        return
    title = f"{pair.windows:,} windows, {pair.first:%Y-%m-%d %H:%M} to {pair.last:%Y-%m-%d %H:%M} UTC"
    rows: list[tuple[object, ...]] = [
        ("share of windows flagged", pair.flagged[0], pair.flagged[1]),
        ("alarms", pair.alarms[0], pair.alarms[1]),
    ]
    if pair.against_labels is not None:
        sides = pair.against_labels
        rows += [
            ("labelled events", *(side.events for side in sides)),
            ("event recall", *(side.event_recall for side in sides)),
            ("event precision", *(side.event_precision for side in sides)),
            ("false alarms per unit and day", *(side.false_alarms_per_unit_day for side in sides)),
        ]
    out().print(table(("", f"champion {pair.champion}", pair.shadow), rows, title=title))
    both = [("flagged by both, of those flagged", pair.agreement), ("rank correlation of scores", pair.correlation)]
    out().print(facts(both))
    out().print()


def _row(version: "ModelVersion", measured: dict[str, str]) -> tuple[object, ...]:
    made = f"{version.created_at:%Y-%m-%d %H:%M}"
    status = "\n".join([version.status, *([f"released {version.released}"] if version.released else [])])
    return version.name, made, status, *(version.metrics.get(name) for name in measured)
