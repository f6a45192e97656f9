"""Incidents of one fleet: the daily asset that makes one calm row of many alarms, and tells people who asked for it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from ..pipelines import Site, Span
from ..pipelines.incidents import IncidentsWritten, Told, incident_days, tell_people, unit_states_now
from .graph import SINGLE_RUN, FleetGraph
from .incident_plot import incident_plot, shown_from
from .partitions import span_of_run
from .reporting import Facts, as_markdown, materialised, told
from .site_resource import SiteResource

INCIDENTS = "Alarms of a unit that belong together, as one row: since when, how severe, which sensors, open or over."
LATEST = ["unit_id", "start", "end", "state", "severity", "sensor_1", "observed_1", "expected_1", "direction_1"]
"""Columns of the latest incidents that are shown, and what kind they are where that is known."""
LEAST, MOST = timedelta(days=30), timedelta(days=120)
"""Time that the picture shows at least, and at most."""


def incidents(graph: FleetGraph) -> dg.AssetsDefinition:
    """Raise incidents from scores; a day also updates those that began before it."""
    spec = graph.daily_spec("incidents", [graph.dep("scores")], {"polars", "duckdb"}, INCIDENTS)

    @dg.multi_asset(
        name=graph.op_name("incidents"),
        specs=[spec],
        check_specs=[graph.contract("incidents")],
        backfill_policy=SINGLE_RUN,
        pool="warehouse",
    )
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        opened, span = site.open(context), span_of_run(context)
        written = yield from told(partial(incident_days, opened, graph.fleet, span), spec.key)
        news = tell_people(opened, graph.fleet)
        for warning in news.warnings:
            context.log.warning(warning)
        facts = _of_incidents(written, span) | _of_units(opened, graph) | _of_news(news)
        yield materialised(context, graph.table("incidents"), written, span, facts)

    return asset


def _of_incidents(written: IncidentsWritten, span: Span) -> Facts:
    """Show the latest ones and how much calmer they are than the alarms behind them."""
    known, end = written.table, span.last_moment
    if known.is_empty():
        return {}
    kind = ["anomaly_kind"] if known["anomaly_kind"].null_count() < known.height else []
    latest = known.filter(pl.col("start") < end).select(*LATEST, *kind)
    plot = incident_plot(known, shown_from(span.first_moment, end, LEAST, MOST), end)
    reduced = written.reduction
    measured = {
        "alarms_per_incident": reduced.per_incident if reduced else None,
        "chatter": reduced.chatter if reduced else None,
    }
    facts: Facts = {"latest": as_markdown(latest)} | {name: value for name, value in measured.items() if value}
    return facts | ({"plot": plot} if plot else {})


def _of_units(site: Site, graph: FleetGraph) -> Facts:
    """Count units by what is told of them, and name those that are not simply watched."""
    states = unit_states_now(site, graph.fleet)
    if states.is_empty():
        return {}
    counted = dict(states["state"].value_counts(sort=True).iter_rows())
    others = dict(states.filter(pl.col("state") != "watched").select("unit_id", "state").iter_rows())
    return {"unit_states": dg.MetadataValue.json(counted), "units_not_watched": dg.MetadataValue.json(others)}


def _of_news(news: Told) -> Facts:
    facts: Facts = {"messages_sent": news.messages} if news.messages else {}
    return facts | ({"not_told": dg.MetadataValue.json(news.warnings)} if news.warnings else {})
