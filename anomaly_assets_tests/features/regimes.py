"""A small fleet whose machines change between operating regimes with every reading, as C-MAPSS FD002 does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import build_features
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SIX = np.array([(0, 0, 100), (10, 0.25, 100), (20, 0.7, 100), (25, 0.62, 60), (35, 0.84, 100), (42, 0.84, 100)], float)
SETTINGS = ("altitude", "mach", "throttle")
CYCLES, WEAR_FROM = 120, 80


def regime_fleet(conditioning: dict[str, Any] | None, **features: Any) -> FleetConfig:
    """Sensors `hot` and `cold`, three settings, one reading a day, trailing means over ten."""
    sensors: dict[str, Any] = {name: {"role": "setting"} for name in SETTINGS} | {"hot": {}, "cold": {}}
    windows = {"10d": {"length": "10d", "statistics": ["mean", "std"], "min_share": 0.1}}
    chosen = {"windows": windows, "lags": ["2d"], "conditioning": conditioning} | features
    return small_fleet(sampling="1d", sensors=sensors, features=chosen)


def regime_readings(*, units: int = 8, seed: int = 0, regimes: int = 6, wear: float = 3.0) -> pl.DataFrame:
    """Every unit picks a regime a day; from day 80 on it wears by `wear` noises in thirty days.

    Levels move by hundreds of noises between regimes and by no formula; noise is 1 in either sensor.
    """
    rng = np.random.default_rng(seed)
    level = rng.uniform(-300, 300, (2, regimes))
    frames = []
    for unit in range(units):
        regime = rng.integers(0, regimes, CYCLES)
        settings = SIX[regime] + rng.normal(size=(CYCLES, 3)) * (0.003, 0.0005, 0)
        worn = wear * np.clip((np.arange(CYCLES) - WEAR_FROM) / 30, 0, None)
        hot, cold = level[:, regime] + 1000 + rng.normal(size=(2, CYCLES)) + np.stack([worn, -worn])
        times = [START + day * DAY for day in range(CYCLES)]
        columns = dict(zip(SETTINGS, settings.T, strict=True)) | {"hot": hot, "cold": cold}
        frames.append(pl.DataFrame({"unit_id": [f"u{unit}"] * CYCLES, "time": times} | columns))
    return pl.concat(frames).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))


def features_of(cleaned: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    return build_features(cleaned, fleet, START, START + CYCLES * DAY)


def healthy(features: pl.DataFrame) -> pl.DataFrame:
    """The windows before any wear: what models learn from."""
    return features.filter(pl.col("window_start") < START + WEAR_FROM * DAY)
