"""One function makes the whole definition set from fleets and folders; tests, commands and the code location use it."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from ..config import FleetConfig, Platform
from ..pipelines import Site, recorded_days
from .batch_job import batch_scores
from .daily_assets import cleaned_sensors, features, labels, raw_readings
from .evaluation_assets import evaluation
from .forecast_assets import forecast_assets
from .graph import FleetGraph
from .incident_assets import incidents
from .jobs import fleet_jobs
from .model_assets import model_assets
from .partitions import daily
from .release_assets import release_package
from .schedules import daily_scoring, regular_retraining
from .score_assets import drift_report, scores, shadow_scores
from .sensors import drift, raw_files
from .site_resource import site_resources


def build_defs(
    fleets: Mapping[str, FleetConfig],
    platform: Platform,
    *,
    raw: Mapping[str, Path] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> dg.Definitions:
    """Generate assets, checks, jobs, schedules and sensors for every fleet, and the job that scores any file.

    Parameters
    ----------
    fleets : configurations by name.
    platform : folders of the installation.
    raw : raw folders that override the fleets' own.
    overrides : resources to replace by name, such as a tampered one in a test.
    """
    site = Site(platform, dict(raw or {}))
    parts = [_fleet_defs(FleetGraph(fleet, daily(fleet, recorded_days(site, fleet)))) for fleet in fleets.values()]
    resources = {**site_resources(platform, site.raw), **(overrides or {})}
    shared = dg.Definitions(jobs=[batch_scores], resources=resources, executor=dg.in_process_executor)
    return dg.Definitions.merge(*parts, shared)


def _fleet_defs(graph: FleetGraph) -> dg.Definitions:
    jobs = fleet_jobs(graph)
    made = (raw_readings, cleaned_sensors, labels, features, scores, shadow_scores, incidents, drift_report)
    tables = [make(graph) for make in made]
    return dg.Definitions(
        assets=[*tables, *model_assets(graph), evaluation(graph), release_package(graph), *forecast_assets(graph)],
        jobs=[jobs.daily, jobs.training, jobs.everything],
        schedules=[daily_scoring(graph, jobs), regular_retraining(graph, jobs)],
        sensors=[raw_files(graph, jobs), drift(graph, jobs)],
    )
