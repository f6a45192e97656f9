import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import FeatureError
from anomaly_assets.features.severity import whole_series_severity

MINUTE, START = timedelta(minutes=1), datetime(2024, 1, 1, tzinfo=UTC)
KINDS = ("point", "collective", "contextual", "sensor_fault", "severity")


def by_pandas(readings: pl.DataFrame) -> Any:
    path = Path(__file__).parents[2] / "benchmarks" / "severity_by_pandas.py"
    spec = importlib.util.spec_from_file_location("severity_by_pandas", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.severity_by_pandas(readings.to_pandas())


def recording(step: timedelta = MINUTE, rows: int = 4000, gaps: float = 0.0) -> pl.DataFrame:
    """Two units with a daily cycle, noise, leaps, spikes, a ramp, a frozen stretch and silent readings."""
    parts = []
    for number, unit in enumerate(("System_1|A", "System 2")):
        rng = np.random.default_rng(number)
        value = 9 + 0.8 * np.sin(np.arange(rows) / 230) + 0.3 * rng.standard_normal(rows)
        value[500:540], value[900:1300] = value[500:540] + 5, value[900]
        value[rng.integers(0, rows, 15)] += 4
        value[2000:2200] += np.linspace(0, 6, 200)
        value[2600:2800] += 2 * rng.standard_normal(200)
        value[rng.random(rows) < gaps] = np.nan
        time = [START + place * step for place in range(rows)]
        parts.append(pl.DataFrame({"unit_id": unit, "time": time, "value": value.round(2)}))
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None), pl.col("time").cast(pl.Datetime("us", "UTC")))


def test_severity_agrees_with_pandas_on_every_kind() -> None:
    readings = recording()
    ours, theirs = whole_series_severity(readings, MINUTE), by_pandas(readings.sort("unit_id", "time"))
    for kind in KINDS:
        assert np.abs(ours[kind].to_numpy() - theirs[kind].to_numpy()).max() < 1e-8, kind
        assert ours[kind].to_numpy().max() > 0.2, f"negative control: {kind} is seen"


def test_rows_that_are_missing_and_nulls_are_the_same_silence() -> None:
    readings = recording(gaps=0.2)
    dense = whole_series_severity(readings, MINUTE)
    sparse = whole_series_severity(readings.drop_nulls(), MINUTE)
    kept = dense.join(sparse, on=["unit_id", "time"], how="semi")
    for kind in KINDS:
        assert np.abs(kept[kind].to_numpy() - sparse[kind].to_numpy()).max() < 1e-12, kind


def test_windows_are_durations() -> None:
    slow = recording(15 * MINUTE)
    hours = whole_series_severity(slow, 15 * MINUTE, window=timedelta(hours=15))
    minutes = whole_series_severity(recording(), MINUTE)
    for kind in ("point", "collective", "sensor_fault"):
        assert np.abs(hours[kind].to_numpy() - minutes[kind].to_numpy()).max() < 1e-12, kind


def test_what_is_not_on_the_grid_or_there_twice_is_refused() -> None:
    readings = recording().head(10)
    with pytest.raises(FeatureError, match="two rows"):
        whole_series_severity(pl.concat([readings, readings]), MINUTE)
    with pytest.raises(FeatureError, match="grid"):
        whole_series_severity(readings.with_columns(pl.col("time") + timedelta(seconds=3)), MINUTE)
    with pytest.raises(FeatureError, match="missing"):
        whole_series_severity(readings.drop("value"), MINUTE)
