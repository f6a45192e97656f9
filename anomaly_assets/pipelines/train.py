"""From features to a registered model version: fit, then calibrate on what came later.

Fitting leaves a draft (a bundle without a threshold) in the installation; calibrating completes and registers it.
Nothing here looks beyond the training window, and nothing decides who is champion.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from .. import __version__
from ..config import FleetConfig, TrainingWindow
from ..contracts import feature_columns
from ..detectors import build_detector
from ..errors import DetectorError, FeatureError
from ..evaluation import label_windows
from ..features import Scaler, missing_share
from ..monitoring import ReferenceProfile
from ..registry import Bundle, Manifest, ModelVersion, config_digest, fingerprint
from ..thresholds import Calibration, Threshold, calibrate
from .site import Site
from .training_spans import spans_of, training_spans, within


def train_detector(site: Site, fleet: FleetConfig, name: str, window: TrainingWindow | None = None) -> Bundle:
    """Fit one of the fleet's detectors and leave it as a draft.

    Parameters
    ----------
    name : the detector's name in the fleet's file.
    window : what to learn from; the fleet's training window when not given.

    Raises
    ------
    FeatureError
        If too few windows lie in the training window.
    """
    window = window or fleet.training.window
    spans = training_spans(site, fleet, window)
    windows = _without_labelled(site, fleet, within(spans, "start", "split", _features(site, fleet, spans, "split")))
    _require_enough(fleet, windows)
    windows = _thinned(windows, fleet.training.max_rows)
    columns = list(feature_columns(fleet))
    scaling = fleet.features.scaling
    scaler = Scaler(method=scaling.method, per=scaling.per, clip=scaling.clip).fit(windows, columns)
    config = fleet.detectors[name]
    detector = build_detector(config.kind, config.params, seed=fleet.training.seed).fit(scaler.transform(windows))
    manifest = _manifest(fleet, name, window, spans, windows)
    draft = Bundle(detector=detector, scaler=scaler, threshold=None, profile=None, manifest=manifest)
    draft.save(_draft(site, fleet, name))
    return draft


def calibrate_detector(site: Site, fleet: FleetConfig, name: str) -> ModelVersion:
    """Calibrate a draft on the held-back part of its training window and register it.

    Raises
    ------
    DetectorError
        If the detector was not trained before.
    ThresholdError
        If the held-back part can't give a threshold by the fleet's method.
    """
    if not _draft(site, fleet, name).exists():
        raise DetectorError(f"{fleet.fleet}/{name} is not trained", remedy=f"materialise {name}_model first")
    draft = Bundle.load(_draft(site, fleet, name))
    windows = held_back(site, fleet, draft)
    score = draft.detector.score(draft.scaler.transform(windows))
    labelled = label_windows(windows, site.warehouse.read(site.table(fleet, "labels")))
    threshold = find_threshold(fleet, windows, score, labelled)
    profile = _profile(site, fleet, draft)
    bundle = replace(draft, threshold=threshold, profile=profile)
    metrics = {"threshold": threshold.value, "validation_windows": float(windows.height)}
    metrics |= {"validation_alarm_share": float(np.mean(threshold.flags(score))) if len(score) else 0.0}
    params: dict[str, Any] = {"kind": draft.manifest.kind, "threshold_method": threshold.method}
    return site.registry.register(fleet.fleet, bundle, params | draft.manifest.params, metrics)


def find_threshold(fleet: FleetConfig, windows: pl.DataFrame, score: np.ndarray, labelled: pl.Series) -> Threshold:
    """Calibrate by the fleet's method; alarms are counted there as they are counted everywhere else.

    Raises
    ------
    ThresholdError
        If these windows can't give a threshold by that method.
    """
    counted = {"merge_gap": fleet.threshold.merge_gap} if fleet.threshold.method == "alarm_budget" else {}
    calibration = Calibration(
        unit_id=windows["unit_id"],
        window_start=windows["window_start"],
        window_end=windows["window_end"],
        score=pl.Series("score", score),
        labels=labelled,
    )
    return calibrate(fleet.threshold.method, counted | fleet.threshold.params, calibration)


def held_back(site: Site, fleet: FleetConfig, bundle: Bundle) -> pl.DataFrame:
    """Read the windows that a bundle was calibrated on and that its fitting never saw."""
    spans = spans_of(bundle)
    return within(spans, "resume", "end", _features(site, fleet, spans, "end", begin="resume"))


def train_all(site: Site, fleet: FleetConfig, window: TrainingWindow | None = None) -> list[ModelVersion]:
    """Train, calibrate and register every detector of a fleet."""
    versions = []
    for i, name in enumerate(fleet.detectors):
        site.tell(f"{fleet.fleet}: training {name}", i, len(fleet.detectors))
        train_detector(site, fleet, name, window)
        versions.append(calibrate_detector(site, fleet, name))
    site.tell(f"{fleet.fleet}: training", len(fleet.detectors), len(fleet.detectors))
    return versions


def trailing(fleet: FleetConfig) -> TrainingWindow:
    """Give the window that a retraining learns from: the latest part of the recording."""
    return TrainingWindow(trailing=fleet.retraining.window)


def _features(site: Site, fleet: FleetConfig, spans: pl.DataFrame, end: str, begin: str = "start") -> pl.DataFrame:
    bounds = spans.select(pl.col(begin).min().alias("first"), pl.col(end).max().alias("last")).row(0)
    return site.warehouse.read(site.table(fleet, "features"), *bounds)


def _without_labelled(site: Site, fleet: FleetConfig, windows: pl.DataFrame) -> pl.DataFrame:
    if not fleet.training.exclude_labelled:
        return windows
    return windows.filter(~label_windows(windows, site.warehouse.read(site.table(fleet, "labels"))))


def _thinned(windows: pl.DataFrame, at_most: int) -> pl.DataFrame:
    """Take evenly spaced windows, so that every unit and season keeps its share."""
    return windows.gather_every(-(-windows.height // at_most)) if windows.height > at_most else windows


def _require_enough(fleet: FleetConfig, windows: pl.DataFrame) -> None:
    if windows.height < fleet.training.min_windows:
        raise FeatureError(
            f"fleet {fleet.fleet} has too few windows to learn from",
            found=windows.height,
            expected=f"at least {fleet.training.min_windows} unlabelled windows in the training window",
            remedy="backfill more days, or make training.window longer",
        )


def _manifest(
    fleet: FleetConfig, name: str, window: TrainingWindow, spans: pl.DataFrame, windows: pl.DataFrame
) -> Manifest:
    times = {row["unit_id"]: row for row in spans.iter_rows(named=True)}
    return Manifest(
        fleet=fleet.fleet,
        detector=name,
        kind=fleet.detectors[name].kind,
        params=fleet.detectors[name].params,
        features=tuple(feature_columns(fleet)),
        config_digest=config_digest(fleet),
        window=window.model_dump(mode="json", exclude_none=True),
        training_windows={unit: (row["start"], row["end"]) for unit, row in times.items()},
        validation_windows={unit: (row["resume"], row["end"]) for unit, row in times.items()},
        fingerprint=fingerprint(windows),
        code_version=__version__,
        seed=fleet.training.seed,
        created_at=datetime.now(UTC),
    )


def _profile(site: Site, fleet: FleetConfig, draft: Bundle) -> ReferenceProfile:
    """Describe the whole training window without labelled anomalies: the longer, the more seasons it has seen."""
    spans = spans_of(draft)
    windows = _without_labelled(site, fleet, within(spans, "start", "end", _features(site, fleet, spans, "end")))
    windows = _thinned(windows, fleet.training.max_rows)
    scaled = draft.scaler.transform(windows)
    return ReferenceProfile.from_training(
        scaled,
        draft.detector.score(scaled),
        missing_share(windows, draft.manifest.features),
        ordinary=fleet.drift.ordinary,
        min_rows=fleet.drift.min_rows,
    )


def _draft(site: Site, fleet: FleetConfig, name: str) -> Path:
    return site.platform.home / "drafts" / fleet.fleet / name
