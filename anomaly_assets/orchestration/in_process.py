"""Run a fleet's job here and now, through the same definitions and into the same instance that the UI shows."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import dagster as dg

from ..config import Platform, load_fleet
from ..pipelines import Progress, Span
from . import site_resource
from .build import build_defs
from .partitions import range_tags

CHECK_FAILED = "DagsterAssetCheckFailedError"  # Dagster doesn't export the class
QUIET = "telemetry: {enabled: false}\nnux: {enabled: false}\n"


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended: the sentences of failed steps, and the names of failed checks with what they found."""

    success: bool
    run_id: str
    failures: tuple[str, ...]
    failed_checks: tuple[str, ...]


def run_job(
    platform: Platform,
    fleet: str,
    job: Literal["daily", "everything", "training"],
    span: Span | None = None,
    *,
    raw: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunOutcome:
    """Run ``<fleet>_<job>`` for a span of days as one run in this process, recorded where the UI looks."""
    config = load_fleet(platform.configs / "fleets" / f"{fleet}.yaml")
    defs = build_defs({fleet: config}, platform, raw=raw)
    site_resource.PROGRESS = progress
    try:
        with _quiet(), dg.DagsterInstance.from_config(str(dagster_home(platform))) as instance:
            result = defs.resolve_job_def(f"{fleet}_{job}").execute_in_process(
                instance=instance,
                tags={**(range_tags(span) if span else {}), **(tags or {})},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
    finally:
        site_resource.PROGRESS = None
    return RunOutcome(result.success, result.run_id, _failures(result), _failed_checks(result))


def dagster_home(platform: Platform) -> Path:
    """Make Dagster's own folder with the installation's instance settings, or the project's, or a quiet minimum."""
    home = platform.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shipped = [platform.configs / "dagster.yaml", Path(__file__).parents[2] / "configs" / "dagster.yaml"]
    text = next((path.read_text(encoding="utf-8") for path in shipped if path.is_file()), QUIET)
    beside = home / f"dagster.{os.getpid()}"
    beside.write_text(text, encoding="utf-8")
    beside.replace(home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)  # what dagster.yaml refers to
    return home


def ui_environment(platform: Platform) -> dict[str, str]:
    """Give the environment in which ``dagster dev`` shows this installation."""
    return {
        "DAGSTER_HOME": str(dagster_home(platform)),
        "ANOMALY_HOME": str(platform.home),
        "ANOMALY_CONFIGS": str(platform.configs),
    }


def _failures(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    """Give each failed step's own sentence: of our errors the sentence alone, of others the innermost cause."""
    sentences = []
    for event in result.filter_events(lambda event: event.is_step_failure):
        failure = event.step_failure_data
        told = failure.user_failure_data.description if failure.user_failure_data else None
        error = failure.error
        while told is None and error is not None and error.cause is not None:
            error = error.cause
        if error is not None and error.cls_name == CHECK_FAILED:
            told = told or "a check that stops the run was not met"
        sentences.append(f"{event.step_key}: {told or (error.message.strip() if error else 'failed')}")
    return tuple(sentences)


def _failed_checks(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    return tuple(
        f"{check.asset_key.to_user_string()} {check.check_name}: "
        + ", ".join(f"{name} {value.value}" for name, value in check.metadata.items())
        for check in result.get_asset_check_evaluations()
        if not check.passed
    )


class _quiet(warnings.catch_warnings):  # noqa: N801 - reads as a statement
    """Beta warnings of Dagster are ours to know, not the user's."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
