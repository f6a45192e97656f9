"""The daily assets of one fleet, from raw files to the drift report; each body loads, calls and reports.

What is computed is said in pipelines/; models live in model_assets.py.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dagster as dg

from ..config import FleetConfig
from ..pipelines import Site, Span, Written, clean_days, feature_days, label_days, stage_days
from .graph import SINGLE_RUN, FleetGraph
from .partitions import span_of_run
from .reporting import Facts, materialised, told
from .site_resource import SiteResource

Step = Callable[[Site, FleetConfig, Span], Written]

CLEANED = "Readings on the sampling grid, judged; nulls where a sensor is silent, quality bits beside every sensor."
QUARANTINE = "Every reading that was taken out, with the rule it broke and the file and row it came from."
LABELS = "What technicians, test rigs or run-to-failure records say was wrong: intervals per unit."
FEATURES = "One row per window: causal rolling statistics, lags and calendar; the same code trains and serves."


def raw_readings(graph: FleetGraph) -> dg.AssetsDefinition:
    """Stage the raw files: fingerprint, parse what is new or changed, count readings per day."""
    spec = graph.daily_spec("raw_readings", [], {"file", "parquet"}, "What the raw files said, typed and in UTC.")
    readable = dg.AssetCheckSpec("files_readable", asset=spec.key, description="Every raw file could be read.")

    @dg.multi_asset(
        name=graph.op_name("raw_readings"), specs=[spec], check_specs=[readable], backfill_policy=SINGLE_RUN
    )
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        span = span_of_run(context)
        staged = yield from told(partial(stage_days, site.open(context), graph.fleet, span))
        yield dg.AssetCheckResult(
            asset_key=spec.key,
            check_name="files_readable",
            passed=not staged.problems,
            metadata={"problems": dg.MetadataValue.json(staged.problems)},
        )
        facts: Facts = {"folder": str(staged.folder), "files": staged.files, "changed_files": staged.changed}
        yield materialised(context, graph.table("raw_readings"), staged.written, span, facts)

    return asset


def cleaned_sensors(graph: FleetGraph) -> dg.AssetsDefinition:
    """Clean the readings; what is taken out lies in quarantine with the rule it broke."""
    raw = graph.dep("raw_readings")
    clean = graph.daily_spec("cleaned_sensors", [raw], {"polars", "duckdb"}, CLEANED)
    removed = graph.daily_spec("quarantine", [raw], {"duckdb"}, QUARANTINE)
    bound = graph.fleet.cleaning.quarantine_tolerance
    tolerance = dg.AssetCheckSpec(
        "quarantine_tolerance", asset=clean.key, blocking=True, description=f"At most {bound:.0%} taken out."
    )

    @dg.multi_asset(
        name=graph.op_name("cleaned_sensors"),
        specs=[clean, removed],
        check_specs=[graph.contract("cleaned_sensors"), graph.contract("quarantine"), tolerance],
        backfill_policy=SINGLE_RUN,
        pool="warehouse",
    )
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        span = span_of_run(context)
        compute = partial(clean_days, site.open(context), graph.fleet, span)
        written = yield from told(compute, clean.key, removed.key)
        yield _tolerated(clean.key, written, bound)
        yield materialised(context, graph.table("cleaned_sensors"), written, span)
        yield materialised(context, graph.table("quarantine"), written.quarantined(), span)

    return asset


def table_asset(graph: FleetGraph, spec: dg.AssetSpec, step: Step, facts: Callable[..., Facts]) -> dg.AssetsDefinition:
    """Make an asset of one table whose body is one pipeline step; ``facts`` adds to what is reported."""
    name = spec.key.path[-1]

    @dg.multi_asset(
        name=graph.op_name(name),
        specs=[spec],
        check_specs=[graph.contract(name)],
        backfill_policy=SINGLE_RUN,
        pool="warehouse",
    )
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        opened, span = site.open(context), span_of_run(context)
        written = yield from told(partial(step, opened, graph.fleet, span), spec.key)
        yield materialised(context, graph.table(name), written, span, facts(opened, graph, span))

    return asset


def labels(graph: FleetGraph) -> dg.AssetsDefinition:
    """Take over the labels that travel with the files."""
    spec = graph.daily_spec("labels", [graph.dep("raw_readings")], {"duckdb"}, LABELS)
    return table_asset(graph, spec, label_days, nothing_more)


def features(graph: FleetGraph) -> dg.AssetsDefinition:
    """Build windows; a day reads the look-back it needs from the days before."""
    spec = graph.daily_spec("features", [graph.dep("cleaned_sensors")], {"polars", "duckdb"}, FEATURES)
    return table_asset(graph, spec, feature_days, nothing_more)


def nothing_more(site: Site, graph: FleetGraph, span: Span) -> Facts:
    """Report nothing beside rows and range."""
    return {}


def _tolerated(key: dg.AssetKey, written: Written, bound: float) -> dg.AssetCheckResult:
    taken, given = written.counts["quarantined"], max(1, written.counts["readings"])
    worst = dict(sorted(written.counts_by_day.items(), key=lambda day: -day[1])[:10])
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="quarantine_tolerance",
        passed=taken / given <= bound,
        metadata={
            "share": taken / given,
            "tolerance": bound,
            "worst_days": dg.MetadataValue.json({day.isoformat(): count for day, count in worst.items()}),
        },
    )
