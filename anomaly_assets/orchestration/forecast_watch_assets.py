"""How the forecasts of one fleet fare, day by day; what is computed is said in pipelines/forecast/watch.py."""

from datetime import timedelta

import dagster as dg

from ..pipelines import Site, Span
from ..pipelines.forecast import severity_detector, watch_days
from .daily_assets import table_asset
from .forecast_plots import quantity
from .forecast_watch_plot import watch_plot
from .graph import FleetGraph
from .reporting import Facts

MONITORING = "Every day's readings against the forecasts made for them: errors, coverage, severity, and a verdict."
PLOTTED = timedelta(days=28)


def forecast_monitoring(graph: FleetGraph) -> dg.AssetsDefinition:
    """Compare days with what was forecast of them; the drift sensor looks at the verdicts."""
    read = ["cleaned_sensors", "forecast", *(["features"] if severity_detector(graph.fleet) else [])]
    spec = graph.daily_spec("forecast_monitoring", [graph.dep(name) for name in read], {"polars", "duckdb"}, MONITORING)
    return table_asset(graph, spec, watch_days, _watch_facts)


def _watch_facts(site: Site, graph: FleetGraph, span: Span) -> Facts:
    table, begin = graph.table("forecast_monitoring"), max(span.start, span.end - PLOTTED)
    recent = site.warehouse.read(table, begin, span.end)
    if recent.is_empty():
        return {"note": f"nothing was forecast of these days; materialise {graph.fleet.fleet}/forecast of those before"}
    plot = watch_plot(recent, quantity(graph.fleet))
    return {"plot": plot} if plot else {}
