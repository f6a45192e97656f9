"""Models, thresholds and the champion of one fleet: unpartitioned assets that record their training window."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from ..errors import AnomalyAssetsError
from ..pipelines import (
    Site,
    Trial,
    calibrate_detector,
    calibration_report,
    choose_champion,
    trailing,
    train_detector,
)
from .graph import FleetGraph
from .reporting import Facts, as_markdown, failed
from .site_resource import SiteResource

TRAILING_TAG = "anomaly_assets/training_window"
"""Run tag; ``trailing`` trains on the latest days (what sensors and schedules ask for), else the fleet's own window."""


def model(graph: FleetGraph, detector: str) -> dg.AssetsDefinition:
    """Fit one detector on the training window."""
    kind = graph.fleet.detectors[detector].kind
    spec = graph.model_spec(
        f"{detector}_model",
        [graph.dep("features"), graph.dep("labels")],
        {"python"},
        f"A fitted `{kind}`: learns normality from the training window.",
    )

    @dg.multi_asset(name=graph.op_name(f"{detector}_model"), specs=[spec])
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> dg.MaterializeResult:
        recent = context.run.tags.get(TRAILING_TAG) == "trailing"
        with failed():
            draft = train_detector(site.open(context), graph.fleet, detector, trailing(graph.fleet) if recent else None)
        windows = {unit: [str(moment) for moment in span] for unit, span in draft.manifest.training_windows.items()}
        facts: Facts = {"kind": kind, "window": dict(draft.manifest.window), "units": len(windows), "spans": windows}
        return dg.MaterializeResult(asset_key=spec.key, metadata=facts)

    return asset


def threshold(graph: FleetGraph, detector: str) -> dg.AssetsDefinition:
    """Calibrate a fitted detector on the held-back part and register the bundle."""
    method = graph.fleet.threshold.method
    spec = graph.model_spec(
        f"{detector}_threshold",
        [graph.dep(f"{detector}_model")],
        {"python", "mlflow"},
        f"The `{method}` threshold of {detector}, and the registered bundle.",
    )

    @dg.multi_asset(name=graph.op_name(f"{detector}_threshold"), specs=[spec])
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> dg.MaterializeResult:
        opened = site.open(context)
        with failed():
            version = calibrate_detector(opened, graph.fleet, detector)
            found = opened.registry.load(graph.fleet.fleet, version.version).require_threshold()
        facts: Facts = {"version": version.name, "method": found.method, "assumption": found.assumption}
        return dg.MaterializeResult(asset_key=spec.key, metadata={**facts, **version.metrics})

    return asset


def champion(graph: FleetGraph) -> dg.AssetsDefinition:
    """Choose by validation, with the winner's name, the trial and the reason."""
    thresholds = [graph.dep(f"{detector}_threshold") for detector in graph.fleet.detectors]
    spec = graph.model_spec(
        "champion",
        thresholds,
        {"mlflow"},
        "The version that scores, until another is better on validation.",
    )

    @dg.multi_asset(name=graph.op_name("champion"), specs=[spec])
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        opened = site.open(context)
        with failed():
            choice = choose_champion(opened, graph.fleet)
        now = opened.registry.alias(graph.fleet.fleet, "champion")
        tried = {name: _told(trial) for name, trial in choice.trials.items()}
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata={
                "champion": now.name if now else "none",
                "promoted": choice.decision.promote,
                "reason": choice.decision.reason,
                "judged_on": choice.judged_on,
                "trials": dg.MetadataValue.json(tried),
                **(_calibration(opened, graph) if now else {}),
            },
        )

    return asset


def _calibration(site: Site, graph: FleetGraph) -> Facts:
    """Show what thresholds promise and keep on the champion's scores; a reason where that can't be counted."""
    try:
        report = calibration_report(site, graph.fleet)
    except AnomalyAssetsError as error:
        return {"calibration": str(error)}
    shown = as_markdown(report.rows, report.rows.height)
    return {"calibration": shown, "calibration_counted_on": report.judged_on}


def _told(trial: Trial) -> dict[str, float | int | None]:
    """Say how one model did: how well events were seen (0 to 1), false alarms, and how these keep the budget."""
    mean = sum(trial.statistic) / len(trial.statistic) if len(trial.statistic) else None
    return {
        "events": len(trial.statistic),
        "mean_statistic": mean,
        "alarms": trial.alarms,
        "budget": trial.budget_ratio,
    }


def model_assets(graph: FleetGraph) -> list[dg.AssetsDefinition]:
    """Make every model asset of a fleet."""
    made = [make(graph, detector) for detector in graph.fleet.detectors for make in (model, threshold)]
    return [*made, champion(graph)]
