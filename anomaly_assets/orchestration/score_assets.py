"""Scores, shadow scores and drift report of one fleet: the daily assets that need a champion."""

from datetime import timedelta

import dagster as dg

from ..config import FleetConfig
from ..errors import FeatureError
from ..pipelines import (
    Site,
    Span,
    Written,
    choose_champion,
    drift_days,
    score_days,
    shadow_days,
    shadow_versions,
    train_all,
)
from .daily_assets import Step, table_asset
from .graph import FleetGraph
from .plots import drift_plot, score_plot
from .reporting import Facts, as_markdown
from .severity_plot import severity_plot

SCORES = "One score per window by the champion: higher is more anomalous, above the threshold is an alarm."
DRIFT = "How far each day is from the champion's reference: effect sizes per feature, score shift, missing share."
SHADOWS = "What versions under trial would have said of the same windows; nobody is alarmed by them."
PLOTTED = timedelta(days=14)
TOLD = ["unit_id", "window_start", "sensor_1", "feature_1", "observed_1", "expected_1", "direction_1", "explained_by"]
"""Columns of the latest alarming windows that are shown with the scores."""


def scores(graph: FleetGraph) -> dg.AssetsDefinition:
    """Score windows with the champion; the first backfill of a fleet makes its first champion on the way."""
    deps = [graph.dep("features"), graph.dep("champion")]
    spec = graph.daily_spec("scores", deps, {"python", "duckdb"}, SCORES)
    return table_asset(graph, spec, with_champion(score_days), _score_facts)


def drift_report(graph: FleetGraph) -> dg.AssetsDefinition:
    """Compare days with the champion's reference."""
    deps = [graph.dep("features"), graph.dep("scores")]
    spec = graph.daily_spec("drift_report", deps, {"polars", "duckdb"}, DRIFT)
    return table_asset(graph, spec, with_champion(drift_days), _drift_facts)


def shadow_scores(graph: FleetGraph) -> dg.AssetsDefinition:
    """Score windows with the versions that are tried out beside the champion, if there are any."""
    deps = [graph.dep("features"), graph.dep("scores")]
    spec = graph.daily_spec("shadow_scores", deps, {"python", "duckdb"}, SHADOWS)
    return table_asset(graph, spec, shadow_days, _shadow_facts)


def with_champion(step: Step) -> Step:
    """Let a step run with a champion; without one, and without enough days to make one, the days stay empty."""

    def careful(site: Site, fleet: FleetConfig, span: Span) -> Written:
        return step(site, fleet, span) if _champion_at_hand(site, fleet) else Written()

    return careful


def _champion_at_hand(site: Site, fleet: FleetConfig) -> bool:
    if site.registry.alias(fleet.fleet, "champion") is not None:
        return True
    try:
        train_all(site, fleet)
    except FeatureError:
        return False
    return choose_champion(site, fleet).decision.promote


def _score_facts(site: Site, graph: FleetGraph, span: Span) -> Facts:
    champion = site.registry.alias(graph.fleet.fleet, "champion")
    if champion is None:
        return {"note": f"no champion yet and too few days to train one; materialise {graph.fleet.fleet}/champion"}
    recent = site.warehouse.read(graph.table("scores"), max(span.start, span.end - PLOTTED), span.end)
    pictures = {"plot": score_plot(recent), "severity": severity_plot(recent)}
    alarms = recent.filter("is_anomaly").sort("window_start").select(TOLD)
    told: Facts = {"alarms_explained": as_markdown(alarms)} if alarms.height else {}
    return {"champion": champion.name} | told | {name: drawn for name, drawn in pictures.items() if drawn}


def _shadow_facts(site: Site, graph: FleetGraph, span: Span) -> Facts:
    versions = shadow_versions(site, graph.fleet)
    fleet = graph.fleet.fleet
    if not versions:
        return {"note": f"no version is tried out; name one with: anomaly-assets models shadow {fleet} VERSION"}
    return {"versions": ", ".join(version.name for version in versions)}


def _drift_facts(site: Site, graph: FleetGraph, span: Span) -> Facts:
    plot = drift_plot(site.warehouse.read(graph.table("drift_report"), max(span.start, span.end - PLOTTED), span.end))
    return {"plot": plot} if plot else {}
