"""Raw readings written down by hand, and drawn at random, for the tests of this room."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.cleaning import CleanResult, clean
from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import raw_readings

from ..conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minute: float) -> datetime:
    return START + minute * MINUTE


def fleet_with(outliers: Any = "ignore", stuck: Any = "ignore", impute_up_to: str | None = None) -> FleetConfig:
    """The small fleet with short windows: outliers over 30 minutes, stuck after 5."""
    cleaning = {
        "outliers": {"window": "30m", "min_readings": 3, "action": outliers},
        "stuck": {"longer_than": "5m", "action": stuck},
        "impute_up_to": impute_up_to,
    }
    return small_fleet(cleaning=cleaning, sensors={"a": {"range": [-100, 100]}, "b": {}})


def raw(rows: Sequence[tuple[float, float | None]], unit: str = "u", file: str = "u.csv") -> pl.DataFrame:
    """Readings of sensor a at minutes after START, in file order; sensor b is silent."""
    return pl.DataFrame(
        {
            "unit_id": [unit] * len(rows),
            "time": [at(minute) for minute, _ in rows],
            "a": [value for _, value in rows],
            "b": [None] * len(rows),
            "source_file": [file] * len(rows),
            "source_row": range(1, len(rows) + 1),
        },
        schema=raw_readings(fleet_with()).dtypes,
    )


def clean_minutes(frame: pl.DataFrame, fleet: FleetConfig, first: int = 0, last: int = 600) -> CleanResult:
    return clean(frame, fleet, at(first), at(last))


def said(result: CleanResult, sensor: str = "a") -> dict[float, float | None]:
    """Minute after START to the clean reading."""
    return {(time - START) / MINUTE: value for time, value in result.cleaned.select("time", sensor).iter_rows()}


def bits(result: CleanResult, sensor: str = "a") -> dict[float, int]:
    return {(t - START) / MINUTE: bit for t, bit in result.cleaned.select("time", f"{sensor}__quality").iter_rows()}


def wild(seed: int, minutes: int = 240) -> pl.DataFrame:
    """Everything a plant can send at once: disorder, repeats, contradictions, gaps, rests, spikes, holes, NaN."""
    draw = np.random.default_rng(seed)
    parts = []
    for unit in ("u1", "u2"):
        size = int(draw.integers(1, 2 * minutes))
        minute = np.sort(draw.choice([draw.uniform(0, minutes, size), draw.integers(0, minutes, size)]))
        minute = minute[(minute // 37) % 3 != int(draw.integers(0, 3))]
        draw.shuffle(minute[: int(draw.integers(0, 5))])
        columns = {name: _signal(draw, minute.size) for name in ("a", "b")}
        time = [at(m) for m in minute]
        unit_rows = {"unit_id": [unit] * minute.size, "time": time, **columns}
        frame = pl.DataFrame(unit_rows, schema_overrides={name: raw([]).schema[name] for name in unit_rows})
        files = pl.Series("source_file", draw.choice(["x.csv", "y.csv"], minute.size).tolist(), dtype=pl.String)
        parts.append(frame.with_columns(files, pl.int_range(1, minute.size + 1).alias("source_row")))
        again = parts[-1].sample(int(0.1 * minute.size), seed=seed).with_columns(pl.lit("z.csv").alias("source_file"))
        parts.append(again)
    return raw_readings(fleet_with()).align(pl.concat([part for part in parts if part.height] or [raw([])]))


def _signal(draw: np.random.Generator, size: int) -> list[float | None]:
    values = np.round(8 + draw.normal(0, 0.3, size), int(draw.integers(0, 12)))
    rest = int(draw.integers(0, size + 1))
    values[rest : rest + 20] = 8.0
    odd = draw.random(size)
    values[odd < 0.03] = draw.choice([1e6, 99.0, -1e6])
    values[(odd > 0.03) & (odd < 0.04)] = np.nan
    values[(odd > 0.04) & (odd < 0.05)] = np.inf
    return [None if hole else float(value) for value, hole in zip(values, odd > 0.9, strict=True)]
