"""What happens by the clock: yesterday is scored every day, models are trained again every quarter."""

from datetime import timedelta

import dagster as dg

from .graph import FleetGraph
from .jobs import FleetJobs
from .model_assets import TRAILING_TAG


def daily_scoring(graph: FleetGraph, jobs: FleetJobs) -> dg.ScheduleDefinition:
    """Score the day before the tick."""
    fleet = graph.fleet.fleet

    @dg.schedule(
        name=f"{fleet}_daily_scoring",
        job=jobs.daily,
        cron_schedule=graph.fleet.operations.scoring,
        execution_timezone="UTC",
        description=f"Scores yesterday of {fleet}.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        yesterday = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
        if not graph.partitions.has_partition_key(yesterday):
            return dg.SkipReason(f"{yesterday} is no day of {fleet}: its recording has ended")
        return dg.RunRequest(run_key=f"{fleet}:daily:{yesterday}", partition_key=yesterday)

    return schedule


def regular_retraining(graph: FleetGraph, jobs: FleetJobs) -> dg.ScheduleDefinition:
    """Train on the latest days anyway, drift or not; promotion still has to be earned."""
    fleet = graph.fleet.fleet
    return dg.ScheduleDefinition(
        name=f"{fleet}_regular_retraining",
        job=jobs.training,
        cron_schedule=graph.fleet.retraining.schedule,
        execution_timezone="UTC",
        tags={TRAILING_TAG: "trailing"},
        description=f"Retrains {fleet} on its latest days.",
    )
