"""``anomaly-assets models``: which versions there are, who is champion, and changing that by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..config import platform
from .console import out, table

if TYPE_CHECKING:
    from ..registry import ModelVersion

app = typer.Typer(help="List model versions; promote one, or go back to the one before.", no_args_is_help=True)

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A number, a detector, or detector/number.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the record of who was live when.")]
BY_HAND = "by hand"


@app.command("list")
def list_versions(fleet: Fleet) -> None:
    """List a fleet's versions and who was live when."""
    from ..pipelines import Site

    site = Site(platform())
    site.fleet(fleet)
    versions, changes = site.registry.versions(fleet), site.registry.history(fleet)
    if not versions:
        out().print(f"No model of {fleet} yet. Make one with: anomaly-assets train {fleet}")
        return
    rows = [_row(version) for version in versions]
    out().print(table(("version", "made (UTC)", "alias", "threshold", "alarm share"), rows))
    live = [(f"{c.when:%Y-%m-%d %H:%M}", c.version, c.reason) for c in changes if c.alias == "champion"]
    out().print(table(("since (UTC)", "version", "because"), live, title="Champions so far"))


@app.command()
def promote(fleet: Fleet, version: Version, reason: Reason = BY_HAND) -> None:
    """Make a version the champion, from the next scored day on."""
    from ..pipelines import Site

    site = Site(platform())
    site.fleet(fleet)
    number = site.registry.get(fleet, int(version) if version.isdigit() else version).version
    made = site.registry.set_alias(fleet, "champion", number, reason)
    out().print(f"{made.name} is champion of {fleet}. Days already scored keep the version that scored them.")


@app.command()
def rollback(fleet: Fleet, reason: Reason = "rolled back by hand") -> None:
    """Make the champion before this one champion again."""
    from ..pipelines import Site

    site = Site(platform())
    site.fleet(fleet)
    made = site.registry.rollback(fleet, reason)
    out().print(f"{made.name} is champion of {fleet} again. Days already scored keep the version that scored them.")


def _row(version: "ModelVersion") -> tuple[object, ...]:
    made, aliases = f"{version.created_at:%Y-%m-%d %H:%M}", "\n".join(sorted(version.aliases)) or None
    measured = (version.metrics.get("threshold"), version.metrics.get("validation_alarm_share"))
    return version.name, made, aliases, *measured
