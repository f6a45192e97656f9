"""Generic CSV: one file per day with all units, or one per unit where units are told by file; wide or long."""

from pathlib import Path

import polars as pl

from ...config import FleetConfig
from ..timeline import Unit
from ._files import csv_bytes, missing_text, put, raw_columns


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Units keep their names."""
    return unit.name


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one ``YYYY-MM-DD.csv`` per day, in time order, with UTC times."""
    readings = frames["readings"].sort("time", "unit_id").with_columns(pl.col("time").dt.date().alias("_day"))
    written = []
    for (day,), part in readings.group_by("_day", maintain_order=True):
        table = _shaped(part.drop("_day"), fleet)
        written += _files(table, fleet, folder, str(day))
    return written


def _shaped(readings: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    option, columns = fleet.source.options, raw_columns(fleet)
    time = str(option.get("time", "time"))
    named = readings.select(
        pl.col("time")
        .dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ" if fleet.sampling.microseconds else "%Y-%m-%dT%H:%M:%SZ")
        .alias(time),
        pl.col("unit_id").alias(fleet.source.unit.column or "unit_id"),
        *[pl.col(sensor).alias(column) for sensor, column in columns.items()],
    )
    if option.get("layout", "wide") == "wide":
        return named
    keys = [time, fleet.source.unit.column or "unit_id"]
    return named.unpivot(
        index=keys,
        variable_name=str(option.get("sensor_column", "sensor")),
        value_name=str(option.get("value_column", "value")),
    )


def _files(table: pl.DataFrame, fleet: FleetConfig, folder: Path, day: str) -> list[Path]:
    unit, separator = fleet.source.unit.column or "unit_id", str(fleet.source.options.get("delimiter", ","))
    if fleet.source.unit.by == "column":
        return [put(folder / f"{day}.csv", csv_bytes(table, separator, missing_text(fleet)))]
    return [
        put(folder / str(name) / f"{day}.csv", csv_bytes(part.drop(unit), separator, missing_text(fleet)))
        for (name,), part in table.group_by(unit, maintain_order=True)
    ]
