"""Fleets and files to try the readers on."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import condense
from anomaly_assets.ingest import Recording, Source
from anomaly_assets.ingest.discovery import reader

ALWAYS = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
EVERY_DAY = (date(1990, 1, 1), date(2100, 1, 1))


def a_fleet(form: str = "table", sensors: Any = ("a", "b"), **source: Any) -> FleetConfig:
    """A fleet of some format; the rest goes into ``source``, but for failure_horizon and waveforms."""
    named = sensors if isinstance(sensors, dict) else {name: {} for name in sensors}
    horizon, waveforms = source.pop("failure_horizon", None), source.pop("waveforms", None)
    return FleetConfig.model_validate(
        {
            "fleet": "small",
            "sampling": "1m",
            "source": {"format": form, "folder": "raw"} | source,
            "waveforms": waveforms,
            "sensors": named,
            "labels": {"failure_horizon": horizon},
            "training": {"window": {"first": "2d"}},
            "detectors": {"deviation": {"kind": "deviation"}},
        }
    )


def lro_fleet() -> FleetConfig:
    """The river stations as they are published."""
    unit = {"by": "file", "pattern": r"([A-Za-z]+)\d{4}", "aliases": {"FB": "FranklinBasin", "MS": "MainStreet"}}
    sensors = ("temp", "cond", "ph", "do", "turb", "stage")
    return a_fleet("lro", sensors, exclude=["*_calib_dates*"], sentinels=[-9999], unit=unit)


def written(folder: Path, name: str, text: str | bytes, *, packed: bool = False) -> Path:
    """Write a file, its folders too."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def parsed(path: Path, fleet: FleetConfig, name: str | None = None) -> Recording:
    """Read one file with its fleet's reader."""
    return reader(fleet.source.format).read(path, name or path.name, fleet, condense)


def a_source(tmp_path: Path, fleet: FleetConfig | None = None) -> Source:
    """A source over ``raw`` that remembers in ``store``."""
    (tmp_path / "raw").mkdir(exist_ok=True)
    return Source(fleet or a_fleet(), tmp_path / "raw", tmp_path / "store", condense)


def rows(recording: Recording, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of the readings as tuples."""
    return recording.readings.select(columns).rows()


def rules(rejects: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Rule, sensor, found text and row of rejects."""
    return rejects.sort("source_row", "sensor").select("rule", "sensor", "found", "source_row").rows()


def daily(day: int, value: float = 1.0, rows: int = 3) -> str:
    """A day of March 2024 with a few rows."""
    return "time,a,b\n" + "".join(f"2024-03-{day:02d} 0{i}:00:00,{value + i},{i}\n" for i in range(rows))
