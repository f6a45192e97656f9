"""One run of a fleet's job with progress on the terminal, and how its end is told. Shared by several commands."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..config import FleetConfig
from ..errors import IngestError
from .console import Tell, errors
from .dates import DAY

if TYPE_CHECKING:
    from ..orchestration import RunOutcome
    from ..pipelines import Site, Span

Job = Literal["daily", "everything", "training"]
SHOWN = 5
"""Unreadable files and failures that are told one by one; the rest is counted."""


def stage_raw(site: "Site", fleet: FleetConfig, told: Tell) -> "Span":
    """Read the raw files that are new and give the days they cover.

    Raises
    ------
    IngestError
        If no file matches, or none of them could be read.
    """
    from ..pipelines import Site, Span, stage

    changes = stage(Site(site.platform, site.raw, told), fleet)
    source = site.source(fleet)
    first, last = source.first_day, source.last_day
    if first is not None and last is not None:
        return Span(first, last + DAY)
    if changes.problems:
        raise _nothing_readable(fleet, source.folder, changes.problems)
    raise IngestError(
        f"no raw file of {fleet.fleet} holds a reading" if source.files else f"there are no raw files of {fleet.fleet}",
        found=f"{len(source.files)} files in {source.folder} that match {', '.join(fleet.source.include)}",
        remedy="put files there, point to another folder with --raw DIR, or mend source.include",
    )


def run_days(site: "Site", fleet: FleetConfig, span: "Span", told: Tell) -> "RunOutcome":
    """Run the fleet's days here, as the UI would."""
    from ..orchestration import run_job

    return run_job(site.platform, fleet.fleet, job_for(site, fleet), span, raw=site.raw, progress=told)


def job_for(site: "Site", fleet: FleetConfig) -> Job:
    """Choose the job for days: a fleet without a champion that fits its features makes one on the way."""
    from ..contracts import feature_columns

    champion = site.registry.alias(fleet.fleet, "champion")
    if champion is None:
        return "everything"
    needed = site.registry.load(fleet.fleet, champion.version).manifest.features
    return "daily" if set(needed) <= set(feature_columns(fleet)) else "everything"


def tell_problems(problems: dict[str, str]) -> None:
    """Name raw files that couldn't be read; the others were."""
    if problems:
        errors().print(f"{len(problems)} raw file{'s' if len(problems) > 1 else ''} could not be read:")
        _several(list(problems.values()))


def tell_failures(outcome: "RunOutcome") -> None:
    """Say why a run failed and which checks it didn't meet; unreadable files are told by `tell_problems`."""
    if outcome.failures:
        errors().print("[bold]The run failed.[/bold] What a failed step would have written is as it was.")
        _several(_joined(outcome.failures))
    checks = [check for check in outcome.failed_checks if "files_readable" not in check]
    if checks:
        errors().print("Checks that were not met:")
        _several(checks)


def _joined(failures: Sequence[str]) -> list[str]:
    """Tell a reason once, even if several steps failed for it; a failure reads ``step: reason``."""
    steps: dict[str, list[str]] = {}
    for failure in failures:
        step, _, reason = failure.partition(": ")
        steps.setdefault(reason or step, []).append(step)
    others = {reason: f" and {len(named) - 1} others" if len(named) > 1 else "" for reason, named in steps.items()}
    return [f"{named[0]}{others[reason]}: {reason}" for reason, named in steps.items()]


def _several(sentences: Sequence[str]) -> None:
    for sentence in sentences[:SHOWN]:
        errors().print(f"  {sentence}", markup=False, soft_wrap=True)
    if len(sentences) > SHOWN:
        errors().print(f"  and {len(sentences) - SHOWN} more")


def _nothing_readable(fleet: FleetConfig, folder: Path, problems: dict[str, str]) -> IngestError:
    first = next(iter(problems.values()))
    return IngestError(
        f"none of the {len(problems)} raw files of {fleet.fleet} in {folder} could be read",
        found=first,
        remedy="mend that file, or source in the fleet's file; anomaly-assets init describes a folder afresh",
    )
