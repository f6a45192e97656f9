"""From the warehouse to a registered model version: fit a draft, then calibrate on what came later.

Fitting leaves a draft (a bundle without a threshold) in the installation; calibrating completes and registers it.
Nothing here looks beyond the training window, nothing decides who is champion; the learning itself is in learning.py.
"""

from pathlib import Path
from typing import Any

import polars as pl

from ..config import FleetConfig, TrainingWindow
from ..errors import DetectorError
from ..registry import Bundle, ModelVersion
from .learning import Lesson, held_back_metrics, learn, with_profile, with_threshold
from .rows import Rows
from .site import Site
from .training_spans import spans_of, training_spans


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
    draft = learn(fleet, name, _lesson(site, fleet, spans, window.model_dump(mode="json", exclude_none=True)))
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
    lesson = lesson_of(site, fleet, draft)
    bundle = with_profile(fleet, with_threshold(fleet, draft, lesson), lesson)
    params: dict[str, Any] = {"kind": draft.manifest.kind, "threshold_method": bundle.require_threshold().method}
    measured = held_back_metrics(bundle, lesson)
    return site.registry.register(fleet.fleet, bundle, params | draft.manifest.params, measured)


def lesson_of(site: Site, fleet: FleetConfig, bundle: Bundle) -> Lesson:
    """Read again what a bundle learnt from and what it held back."""
    return _lesson(site, fleet, spans_of(bundle), bundle.manifest.window)


def held_back(site: Site, fleet: FleetConfig, bundle: Bundle) -> Rows:
    """Read the windows that a bundle was calibrated on and that its fitting never saw."""
    return lesson_of(site, fleet, bundle).part("resume", "end", unlabelled=False)


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


def _lesson(site: Site, fleet: FleetConfig, spans: pl.DataFrame, asked: dict[str, Any]) -> Lesson:
    first, last = spans.select(pl.col("start").min(), pl.col("end").max()).row(0)
    windows = site.warehouse.read(site.table(fleet, "features"), first, last)
    return Lesson(windows, site.warehouse.read(site.table(fleet, "labels")), spans, asked)


def _draft(site: Site, fleet: FleetConfig, name: str) -> Path:
    return site.platform.home / "drafts" / fleet.fleet / name
