"""One fitted bundle, and one registry on a real sqlite file: setting MLflow up costs seconds."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.features import Scaler
from anomaly_assets.monitoring import ReferenceProfile
from anomaly_assets.registry import Bundle, Manifest, Registry, config_digest, fingerprint
from anomaly_assets.thresholds import Threshold
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 1, 1, tzinfo=UTC)
FEATURES = ("a__raw", "b__raw")


def windows(n: int = 600, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    times = [START + timedelta(minutes=i) for i in range(n)]
    keys = {"unit_id": ["u"] * n, "window_start": times, "window_end": [t + timedelta(minutes=1) for t in times]}
    frame = pl.DataFrame(keys | {name: rng.normal(5, 2, size=n) for name in FEATURES})
    return frame.cast({pl.Datetime: pl.Datetime("us", "UTC")})


def make_bundle(detector: str = "deviation", kind: str = "deviation", seed: int = 0, **changes: Any) -> Bundle:
    training = windows(seed=seed)
    scaler = Scaler(method="robust", per="unit", clip=50.0).fit(training, list(FEATURES))
    scaled = scaler.transform(training)
    fitted = build_detector(kind).fit(scaled)
    score = fitted.score(scaled)
    end = training["window_end"].max()
    manifest = Manifest(
        fleet="small",
        detector=detector,
        kind=kind,
        features=FEATURES,
        config_digest=config_digest(small_fleet()),
        window={"first": "2d"},
        training_windows={"u": (START, end)},
        fingerprint=fingerprint(training),
        code_version="0",
        seed=seed,
        created_at=START,
    )
    parts = {
        "detector": fitted,
        "scaler": scaler,
        "threshold": Threshold(
            value=float(np.quantile(score, 0.99)),
            method="quantile",
            params={"level": 0.99},
            assumption="the future is like the calibration windows",
            windows=len(score),
            unit_days=0.4,
            start=START,
            end=end,
        ),
        "profile": ReferenceProfile.from_training(scaled, score, pl.Series(np.zeros(len(score)))),
        "manifest": manifest,
    }
    return Bundle(**(parts | changes))


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return make_bundle()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a home with spaces")


@pytest.fixture(scope="session")
def registry(home: Path) -> Registry:
    return Registry(f"sqlite:///{home}/mlflow.sqlite", home)
