"""Tanks whose readings lie in one raw file, and nothing else: no warehouse, no model."""

import importlib.util
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from anomaly_assets.config import FleetConfig, Platform, format_duration
from anomaly_assets.pipelines import Site
from anomaly_assets_tests.conftest import small_fleet

MINUTE = timedelta(minutes=1)


def tanks(sampling: timedelta = MINUTE, **changes: Any) -> FleetConfig:
    unit = {"by": "column", "column": "unit_id"}
    source = {"format": "table", "folder": "raw", "unit": unit, "options": {"time": "time"}}
    told = {"fleet": "tanks", "sampling": format_duration(sampling), "source": source, "sensors": {"oxygen": {}}}
    features = {"every": "1d", "windows": {"1d": {"length": "1d", "statistics": ["mean"]}}}
    return small_fleet(**told | {"features": features} | changes)


def empty_site(home: Path) -> Site:
    platform = Platform(home=home, configs=home, tracking_uri="", warehouse=Path(":memory:"))
    return Site(platform, {"tanks": home})


def raw_file(readings: pl.DataFrame, path: Path) -> str:
    """Write ``unit_id``, ``time``, ``value`` as the fleet reads them; silent instants have no line."""
    readings.drop_nulls("value").rename({"value": "oxygen"}).sample(fraction=1, shuffle=True, seed=1).write_csv(path)
    return str(path)


def by_pandas() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "severity_by_pandas.py"
    spec = importlib.util.spec_from_file_location("severity_by_pandas", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
