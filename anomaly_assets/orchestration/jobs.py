"""The jobs of one fleet: its days, its training, and both in one run."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from .graph import FleetGraph

DAILY = (
    "raw_readings",
    "cleaned_sensors",
    "quarantine",
    "labels",
    "features",
    "scores",
    "shadow_scores",
    "incidents",
    "drift_report",
)
DAILY_FORECAST = ("forecast", "forecast_monitoring")
"""What else is daily in a fleet that is forecast."""

Job = Any
"""What `dagster.define_asset_job` gives; Dagster doesn't export the name."""


@dataclass(frozen=True)
class FleetJobs:
    """Three ways to run a fleet: ``daily`` scores days, ``training`` makes and chooses models, ``everything`` both."""

    daily: Job
    training: Job
    everything: Job


def fleet_jobs(graph: FleetGraph) -> FleetJobs:
    """Name the jobs ``<fleet>_daily``, ``<fleet>_training`` and ``<fleet>_everything``."""
    fleet = graph.fleet.fleet
    everything = dg.AssetSelection.groups(fleet)
    names = (*DAILY, *(DAILY_FORECAST if graph.fleet.forecast else ()))
    daily = dg.AssetSelection.assets(*(graph.key(name) for name in names))
    return FleetJobs(
        daily=dg.define_asset_job(
            f"{fleet}_daily", daily, description=f"Raw files to drift report of {fleet}, for the chosen days."
        ),
        training=dg.define_asset_job(
            f"{fleet}_training",
            everything - daily,
            description=f"Train, calibrate, choose, evaluate and release the champion of {fleet}.",
        ),
        everything=dg.define_asset_job(
            f"{fleet}_everything", everything, description=f"Days and models of {fleet} in one run."
        ),
    )
