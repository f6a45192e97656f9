"""``anomaly-assets train``: train every detector of a fleet now, and its forecaster; the best one earns its place."""

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
    """Train, calibrate and choose a champion, and a forecaster; nobody is promoted without earning it."""
    from ..orchestration import TRAILING_TAG, run_job
    from ..pipelines import Site
    from ..registry import forecaster_of
    from . import running
    from .facts import no_forecaster

    site = Site(platform())
    config = site.fleet(fleet)
    models = [fleet, *([forecaster_of(fleet)] if config.forecast else [])]
    known = {model: len(site.registry.versions(model)) for model in models}
    tags = {TRAILING_TAG: "trailing"} if recent else {}
    with progress() as told:
        outcome = run_job(site.platform, fleet, "training", progress=told, tags=tags)
    for model in models:
        _tell_versions(site, model, known[model])
    if config.forecast and site.registry.alias(models[-1]) is None:
        errors().print(f"Forecaster: {no_forecaster(site, config)}.")
    running.tell_failures(outcome)
    if not outcome.success:
        raise typer.Exit(FAILED)


def _tell_versions(site: "Site", model: str, known: int) -> None:
    versions = site.registry.versions(model)
    fresh = sorted(versions[: len(versions) - known], key=lambda version: version.version)
    if not fresh:
        errors().print(f"No new version of {model} was registered.")
        return
    names = sorted({name for version in fresh for name in version.metrics})
    rows = [(v.name, "\n".join(v.aliases) or None, *(v.metrics.get(n) for n in names)) for v in fresh]
    out().print(table(("version", "alias", *(name.replace("_", " ") for name in names)), rows))
    champion, changes = site.registry.alias(model, "champion"), site.registry.history(model)
    reason = changes[-1].reason if changes else None
    out().print(facts([("champion", champion.name if champion else "none"), ("because", reason)]))
