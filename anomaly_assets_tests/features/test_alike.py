"""Sensors that are laid one after the other have the features of each by itself, to the bit."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import QUALITY
from anomaly_assets.features import build, build_features, known_statistics
from anomaly_assets_tests.conftest import small_fleet

from .frames import MINUTE, START

SENSORS, ROWS = ("a", "b", "c"), 400
EVERYTHING = tuple(known_statistics())


def fleet(**features: Any) -> FleetConfig:
    windows = {"20m": {"length": "20m", "statistics": EVERYTHING, "min_share": 0.3}}
    given = {"windows": windows, "lags": ["3m"], "calendar": ["hour_of_day"]} | features
    return small_fleet(sensors={name: {} for name in SENSORS}, features=given)


def cleaned(seed: int) -> pl.DataFrame:
    """Three units with gaps, silences of single sensors, stuck and impossible readings."""
    random = np.random.default_rng(seed)
    parts = []
    for unit in range(3):
        kept = random.random(ROWS) > 0.15
        columns: dict[str, Any] = {"unit_id": f"unit {unit}", "time": [START + row * MINUTE for row in range(ROWS)]}
        for name in SENSORS:
            values = np.round(random.normal(10, 3, ROWS).cumsum() / 7, 1)
            values[random.random(ROWS) < 0.1] = np.nan
            columns[name] = pl.Series(values).fill_nan(None)
            columns[f"{name}__quality"] = (random.random(ROWS) < 0.05).astype(np.uint8) * QUALITY["impossible"]
        parts.append(pl.DataFrame(columns).filter(pl.Series(kept)))
    return pl.concat(parts)


def built(config: FleetConfig, frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, few: int) -> pl.DataFrame:
    monkeypatch.setattr(build, "FEW_READINGS", few)
    return build_features(frame, config, START, START + timedelta(minutes=ROWS))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("features", [{}, {"every": "5m"}, {"raw": False}])
def test_few_rows_have_the_bits_of_many(seed: int, features: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    config, frame = fleet(**features), cleaned(seed)
    alike = built(config, frame, monkeypatch, few=10**9)
    assert alike.height > 100 and alike.equals(built(config, frame, monkeypatch, few=0))
    other = built(config, frame.with_columns(b=pl.col("b") + 1), monkeypatch, few=10**9)
    assert not other.equals(alike) and other.select("^a__.*$").equals(alike.select("^a__.*$"))
