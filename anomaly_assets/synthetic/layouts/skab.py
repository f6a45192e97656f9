"""SKAB CSV: one recording per file, ``;`` between columns, ``anomaly`` and ``changepoint`` as 0.0 and 1.0 per row.

The layout is that of the Skoltech Anomaly Benchmark (Katser and Kozitsin, 2020).
"""

from pathlib import Path

import polars as pl

from ...config import FleetConfig
from ..timeline import Unit
from ._files import csv_bytes, local_text, put, raw_columns


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """A recording is told by its file's name."""
    return unit.name


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one ``<rig>_<day>.csv`` per recording."""
    written = []
    for (recording,), part in frames["readings"].group_by("unit_id", maintain_order=True):
        events = frames["events"].filter(pl.col("unit_id") == recording)
        text = csv_bytes(_shaped(part, events, fleet), separator=";")
        written.append(put(folder / f"{recording}.csv", text))
    return written


def _shaped(part: pl.DataFrame, events: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    wrong = pl.lit(False)
    for event in events.iter_rows(named=True):
        wrong |= (pl.col("time") >= event["start"]) & (pl.col("time") < event["end"])
    changes = [moment for event in events.iter_rows(named=True) for moment in (event["start"], event["end"])]
    return part.select(
        local_text(fleet, "%Y-%m-%d %H:%M:%S").alias("datetime"),
        *[pl.col(sensor).alias(column) for sensor, column in raw_columns(fleet).items()],
        wrong.cast(pl.Float64).alias("anomaly"),
        pl.col("time").is_in(changes).cast(pl.Float64).alias("changepoint"),
    )
