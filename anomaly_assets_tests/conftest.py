"""One small fleet, and the real recordings where they are."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from anomaly_assets.config import FleetConfig

REAL = Path(os.environ.get("ANOMALY_DATA") or Path(__file__).parents[2] / "shared" / "data")

settings.register_profile("untimed", deadline=None)  # speed is measured in benchmarks/
settings.load_profile("untimed")


def small_fleet(**changes: Any) -> FleetConfig:
    """A fleet of two sensors at one minute; any top-level key can be changed."""
    document: dict[str, Any] = {
        "fleet": "small",
        "sampling": "1m",
        "source": {"format": "table", "folder": "raw/small"},
        "sensors": {"a": {"range": [-1e9, 1e9]}, "b": {}},
        "features": {"windows": {"1h": {"length": "1h", "statistics": ["mean", "std"]}}, "lags": ["1m"]},
        "training": {"window": {"first": "2d"}},
        "detectors": {"deviation": {"kind": "deviation"}},
    }
    return FleetConfig.model_validate(document | changes)


@pytest.fixture
def fleet() -> FleetConfig:
    return small_fleet()


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Path of a real recording's folder; skips, saying so, where it is absent."""

    def find(folder: str) -> Path:
        if not (REAL / folder).is_dir():
            pytest.skip(f"no recordings at {REAL / folder}; set ANOMALY_DATA to the folder that holds {folder}")
        return REAL / folder

    return find
