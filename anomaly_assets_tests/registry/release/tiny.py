"""A small bundle of every kind, as it would lie in the registry."""

from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.detectors import build_detector, detector_class, fit_detector, score_windows
from anomaly_assets.detectors.parameters import parameter_names
from anomaly_assets.features import Scaler
from anomaly_assets.monitoring import ReferenceProfile
from anomaly_assets.registry import Bundle, Manifest, config_digest, fingerprint
from anomaly_assets.registry.release.documents import Subject
from anomaly_assets.thresholds import Threshold
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.registry.conftest import START, windows

SENSORS = {"a": {"measures": "bar", "description": "inlet pressure"}, "b": {}}
FLEET: FleetConfig = small_fleet(sensors=SENSORS, features={"windows": {}, "raw": True})
FEATURES = ("a__raw", "b__raw")
SMALL: dict[str, Any] = {
    "steps": 4,
    "max_epochs": 1,
    "hidden": 4,
    "latent": 2,
    "tail": 2,
    "horizon": 1,
    "patch": 2,
    "stride": 1,
    "width": 4,
    "layers": 1,
    "heads": 2,
    "n_estimators": 10,
    "n_clusters": 8,
    "point": "raw",
    "collective": None,
    "spread": None,
    "max_windows": 200,
}


def tiny_bundle(kind: str = "deviation", **changes: Any) -> Bundle:
    """Fitted on 400 windows, calibrated on the 200 after them."""
    everything = windows()
    training, held = everything[:400], everything[400:]
    scaler = Scaler(method="robust", per="unit", clip=50.0).fit(training, list(FEATURES))
    known = parameter_names(detector_class(kind))
    params = {name: value for name, value in SMALL.items() if name in known and kind != "fusion"}
    unscaled = detector_class(kind).tags.unscaled
    detector = fit_detector(build_detector(kind, params), training if unscaled else scaler.transform(training))
    score = score_windows(detector, everything if unscaled else scaler.transform(everything))
    start, split, end = START, held["window_start"][0], held["window_end"][-1]
    manifest = Manifest(
        fleet="small",
        detector=kind,
        kind=kind,
        features=FEATURES,
        config_digest=config_digest(FLEET),
        config=FLEET.model_dump(mode="json"),
        window={"first": "2d"},
        training_windows={"u": (start, end)},
        validation_windows={"u": (split, end)},
        fingerprint=fingerprint(training),
        code_version="0",
        metrics={"threshold": 1.0, "validation_alarm_share": 0.0125},
        created_at=START,
    )
    threshold = Threshold(
        value=float(np.quantile(score[400:], 0.99, method="higher")),
        method="quantile",
        params={"level": 0.99},
        assumption="the future is like the calibration windows",
        windows=200,
        unit_days=0.14,
        start=split,
        end=end,
    )
    profile = ReferenceProfile.from_training(scaler.transform(everything), score, pl.Series(np.zeros(len(score))))
    return Bundle(**({"detector": detector, "scaler": scaler, "threshold": threshold, "profile": profile,
                      "manifest": manifest} | changes))  # fmt: skip


def held_back() -> tuple[pl.DataFrame, np.ndarray]:
    """The windows, and which were held back."""
    return windows(), np.arange(600) >= 400


def subject(bundle: Bundle, status: str = "validation", **changes: Any) -> Subject:
    """The bundle as version 3 of its fleet."""
    return Subject(bundle, 3, status, **changes)
