"""What happens when the world changes: files that came or changed are scored, drift launches a retraining."""

import json
from hashlib import blake2b

import dagster as dg

from ..pipelines import Site, Span, retraining_due, stage
from .graph import FleetGraph
from .jobs import FleetJobs
from .model_assets import TRAILING_TAG
from .partitions import consecutive, days_to_redo, range_tags
from .site_resource import SiteResource

Versions = dict[str, str]


def raw_files(graph: FleetGraph, jobs: FleetJobs) -> dg.SensorDefinition:
    """Materialise the days whose files arrived or changed, and the days whose look-back reaches into them.

    Without a champion the days are prepared all the same, and the first run with enough of them makes one. The cursor
    holds a short version of every day's files; a first look asks for the days that were never scored.
    """
    fleet = graph.fleet

    @dg.sensor(
        name=f"{fleet.fleet}_raw_files",
        job=jobs.daily,
        minimum_interval_seconds=_seconds(graph),
        description=f"Watches the raw folder of {fleet.fleet}.",
    )
    def sensor(context: dg.SensorEvaluationContext, site: SiteResource) -> dg.SensorResult | dg.SkipReason:
        opened = site.open()
        changes = stage(opened, fleet)
        versions = {day.isoformat(): version for day, version in opened.source(fleet).day_versions().items()}
        seen = json.loads(context.cursor) if context.cursor else _taken(context, graph, opened)
        wanted, outside = days_to_redo(graph.partitions, fleet.lookback + fleet.cleaning_lookback, seen, versions)
        requests = [_request(jobs.daily.name, span, versions) for span in consecutive(wanted)]
        for problem in changes.problems.values():
            context.log.warning(problem)
        if outside:
            context.log.warning(f"{len(outside)} days lie outside the partitions; reload the code location")
        skipped = None if requests else f"no new or changed days in {opened.source(fleet).folder}"
        cursor = json.dumps({day: version for day, version in versions.items() if day not in outside})
        return dg.SensorResult(run_requests=requests, skip_reason=skipped, cursor=cursor)

    return sensor


def drift(graph: FleetGraph, jobs: FleetJobs) -> dg.SensorDefinition:
    """Launch a retraining when enough days in a row have drifted, once, and not again within the cooldown.

    The cursor is the last day whose verdict has launched one; the run key makes a repeated request harmless.
    """
    fleet = graph.fleet

    @dg.sensor(
        name=f"{fleet.fleet}_drift",
        job=jobs.training,
        minimum_interval_seconds=_seconds(graph),
        description=f"Retrains {fleet.fleet} when {fleet.retraining.drifted_days} days in a row have drifted.",
    )
    def sensor(context: dg.SensorEvaluationContext, site: SiteResource) -> dg.SensorResult | dg.SkipReason:
        opened = site.open()
        decision = retraining_due(opened, fleet)
        if not decision.retrain:
            return dg.SkipReason(decision.reason)
        latest = decision.days[-1].isoformat()
        if context.cursor and latest <= context.cursor:
            return dg.SkipReason(f"the drift up to {context.cursor} has already launched a retraining")
        champion = opened.registry.alias(fleet.fleet)
        request = dg.RunRequest(
            run_key=f"{fleet.fleet}:drift:{latest}:{champion.version if champion else 'none'}",
            tags={TRAILING_TAG: "trailing", "anomaly_assets/reason": decision.reason},
        )
        return dg.SensorResult(run_requests=[request], cursor=latest)

    return sensor


def _seconds(graph: FleetGraph) -> int:
    return max(1, int(graph.fleet.operations.watch_every.total_seconds()))


def _taken(context: dg.SensorEvaluationContext, graph: FleetGraph, site: Site) -> Versions:
    """Know the days that were scored before this sensor first ran, in the version that was taken then."""
    scored = context.instance.get_materialized_partitions(graph.key("scores"))
    taken = site.source(graph.fleet).taken()
    return {day.isoformat(): version for day, version in taken.items() if day.isoformat() in scored}


def _request(job: str, span: Span, versions: Versions) -> dg.RunRequest:
    contents = "".join(versions.get(day.isoformat(), "-") for day in span.days())
    digest = blake2b(contents.encode(), digest_size=6).hexdigest()
    return dg.RunRequest(run_key=f"{job}:{span.start}:{span.end}:{digest}", job_name=job, tags=range_tags(span))
