"""Forecaster and forecasts of one fleet; fleets that are not forecast have no such assets.

What is computed is said in pipelines/forecast/.
"""

from datetime import timedelta

import dagster as dg
import polars as pl

from ..config import FleetConfig
from ..errors import ForecastError
from ..forecasting import Report
from ..pipelines import (
    ForecastChoice,
    Site,
    Span,
    Written,
    forecast_days,
    forecaster_in_force,
    lacking,
    midnight,
    train_forecaster,
)
from ..pipelines.forecast import readings_of, severity_detector
from ..registry import forecaster_of
from .daily_assets import table_asset
from .forecast_plots import predicted_plot, quantity, week_ahead_plot
from .forecast_watch_assets import forecast_monitoring
from .graph import FleetGraph
from .reporting import Facts, as_markdown, failed
from .residual_plot import residual_plot
from .site_resource import SiteResource

FORECASTER = "One model of all units that forecasts, until another is better on validation; with its backtest."
FORECAST = "What is to be expected in the days after each day, of every unit, with intervals."
SHOWN = timedelta(days=7)
"""Readings that are shown before and beside the forecasts of the latest day."""


def forecast_assets(graph: FleetGraph) -> list[dg.AssetsDefinition]:
    """Make the assets of a fleet that is forecast; none of one that isn't."""
    return [forecaster(graph), forecast(graph), forecast_monitoring(graph)] if graph.fleet.forecast else []


def forecaster(graph: FleetGraph) -> dg.AssetsDefinition:
    """Learn from the latest readings, register, and let the better one on validation be in force."""
    telling = severity_detector(graph.fleet)
    deps = [graph.dep("cleaned_sensors"), *([graph.dep(f"{telling}_threshold")] if telling else [])]
    spec = graph.model_spec("forecaster", deps, {"python", "mlflow"}, FORECASTER)

    @dg.multi_asset(name=graph.op_name("forecaster"), specs=[spec])
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> dg.MaterializeResult:
        opened = site.open(context)
        with failed():
            choice = train_forecaster(opened, graph.fleet)
        now = opened.registry.alias(forecaster_of(graph.fleet.fleet))
        facts: Facts = {"forecaster": now.name if now else "none", "promoted": choice.promoted, "reason": choice.reason}
        return dg.MaterializeResult(asset_key=spec.key, metadata=facts | _learnt(graph.fleet, choice))

    return asset


def forecast(graph: FleetGraph) -> dg.AssetsDefinition:
    """Forecast from the end of every day; the first backfill of a fleet learns its first forecaster on the way."""
    deps = [graph.dep("cleaned_sensors"), graph.dep("forecaster")]
    spec = graph.daily_spec("forecast", deps, {"python", "duckdb"}, FORECAST)
    return table_asset(graph, spec, _with_forecaster, _forecast_facts)


def _with_forecaster(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Forecast with the version in force; without one, and without enough days to learn one, the days stay empty."""
    if forecaster_in_force(site, fleet) is not None:
        return forecast_days(site, fleet, span)
    try:
        learnt = train_forecaster(site, fleet).promoted
    except ForecastError:
        return Written()
    return forecast_days(site, fleet, span) if learnt else Written()


def _learnt(fleet: FleetConfig, choice: ForecastChoice) -> Facts:
    report, version = choice.report, choice.challenger
    if report is None or version is None:
        return {"note": choice.reason}
    splits = {name: when.isoformat(" ") for name, when in report.splits.items()}
    told: Facts = {"version": version.name, **version.metrics, "strategy": report.strategy, "splits": splits}
    told |= {"left_out": report.left_out, "grid": as_markdown(report.grid, report.grid.height)}
    return told | {"backtest": as_markdown(_by_day(report), 99)} | _pictures(fleet, report)


def _pictures(fleet: FleetConfig, report: Report) -> Facts:
    drawn = {
        "predicted": predicted_plot(report.forecasts, report.splits, quantity(fleet)),
        "residuals": residual_plot(report.forecasts, report.splits, quantity(fleet)),
    }
    return {name: plot for name, plot in drawn.items() if plot is not None}


def _by_day(report: Report) -> pl.DataFrame:
    """Lay the measures of the forecaster in force out by part and horizon day, all units together."""
    told = report.backtest.filter(pl.col("unit_id").is_null(), strategy="forecaster")
    table = told.pivot(on="measure", index=["part", "horizon_day"], values="value")
    return table.sort("part", "horizon_day", descending=[True, False], nulls_last=True)


def _forecast_facts(site: Site, graph: FleetGraph, span: Span) -> Facts:
    fleet, version = graph.fleet, forecaster_in_force(site, graph.fleet)
    if version is None:
        told = lacking(site, fleet) or f"no forecaster could be learnt; materialise {fleet.fleet}/forecaster to see why"
        return {"note": told}
    latest = site.warehouse.read(graph.table("forecast"), span.days()[-1], span.end)
    begin, end = midnight(span.end) - SHOWN, midnight(span.end) + SHOWN
    plot = week_ahead_plot(readings_of(site, fleet, begin, end), latest, quantity(fleet))
    return {"forecaster": version.name} | ({"week_ahead": plot} if plot else {})
