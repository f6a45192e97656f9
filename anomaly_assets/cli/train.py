"""``anomaly-assets train``: train every detector of a fleet now, and let the best one earn its place."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..config import platform
from .console import errors, facts, out, progress, table
from .failures import FAILED

if TYPE_CHECKING:
    from ..pipelines import Site

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Recent = Annotated[bool, typer.Option("--recent", help="Learn from the latest days instead of training.window.")]


def train(fleet: Fleet, recent: Recent = False) -> None:
    """Train, calibrate and choose a champion; nobody is promoted without earning it."""
    from ..orchestration import TRAILING_TAG, run_job
    from ..pipelines import Site
    from . import running

    site = Site(platform())
    site.fleet(fleet)
    known = len(site.registry.versions(fleet))
    tags = {TRAILING_TAG: "trailing"} if recent else {}
    with progress() as told:
        outcome = run_job(site.platform, fleet, "training", progress=told, tags=tags)
    _tell_versions(site, fleet, known)
    running.tell_failures(outcome)
    if not outcome.success:
        raise typer.Exit(FAILED)


def _tell_versions(site: "Site", fleet: str, known: int) -> None:
    versions = site.registry.versions(fleet)
    fresh = sorted(versions[: len(versions) - known], key=lambda version: version.version)
    if not fresh:
        errors().print("No new version was registered.")
        return
    names = sorted({name for version in fresh for name in version.metrics})
    rows = [(v.name, "\n".join(v.aliases) or None, *(v.metrics.get(n) for n in names)) for v in fresh]
    out().print(table(("version", "alias", *(name.replace("_", " ") for name in names)), rows))
    champion, changes = site.registry.alias(fleet, "champion"), site.registry.history(fleet)
    reason = changes[-1].reason if changes else None
    out().print(facts([("champion", champion.name if champion else "none"), ("because", reason)]))
