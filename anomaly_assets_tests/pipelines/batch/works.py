"""A plant with one version of many detectors, its features in files, and asking for scores of files."""

from pathlib import Path
from typing import Any

import polars as pl

from anomaly_assets.pipelines import Site, score_days
from anomaly_assets.pipelines.batch.request import Facts, Request
from anomaly_assets.pipelines.batch.scoring import Scoring

from ..plant import Plant

DETECTORS: dict[str, Any] = {
    "deviation": {"kind": "deviation"},
    "isolation_forest": {"kind": "isolation_forest", "params": {"n_estimators": 20}},
    "local_outlier_factor": {"kind": "local_outlier_factor", "params": {"max_rows": 300}},
    "one_class_svm": {"kind": "one_class_svm", "params": {"max_rows": 300}},
    "patterns": {"kind": "kmeans_windows", "params": {"steps": 6}},
    "seasonal": {"kind": "seasonal_residual"},
    "random_score": {"kind": "random_score"},
}
NETWORK: dict[str, Any] = {"autoencoder": {"kind": "autoencoder", "params": {"max_epochs": 3}}}


def platform_scores(plant: Plant, name: str) -> pl.DataFrame:
    """What the platform's own scores say, by time and unit."""
    twin, own = plant.twin(), plant.site()
    table = own.table(plant.fleet, "features")
    twin.warehouse.replace(table, own.warehouse.read(table), plant.span.start, plant.span.end)
    score_days(twin, plant.fleet, plant.span, name)
    return twin.warehouse.read(twin.table(plant.fleet, "scores")).sort("window_start", "unit_id")


def features_of(plant: Plant) -> pl.DataFrame:
    """Every window of the plant, by time, then by unit."""
    site = plant.site()
    return site.warehouse.read(site.table(plant.fleet, "features")).sort("window_start", "unit_id")


def request(*inputs: Path | str, model: str | tuple[str, ...] = "ponds/deviation", **changes: Any) -> Request:
    models = (model,) if isinstance(model, str) else model
    output = changes.pop("output", Path(str(inputs[0])).parent / "result")
    return Request(models, tuple(map(str, inputs)), output, **changes)


def scored(site: Site, asked: Request) -> tuple[pl.DataFrame, Facts]:
    """Score what is asked for, in one frame."""
    scoring = Scoring(site, asked, lambda what, done, of: None)
    frames = list(scoring.frames())
    assert all(0 < frame.height <= asked.batch_size for frame in frames)
    assert all(frame.height == asked.batch_size for frame in frames[:-1])
    return pl.concat(frames), scoring.facts
