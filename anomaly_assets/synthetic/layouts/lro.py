"""Logan River Observatory CSV: one gzip file per station and year, reading, corrected value and technician's code.

Beside every ``<sensor>`` stand ``<sensor>_cor``, what it would have read without the fault, and ``<sensor>_qual``, the
code of whoever marked it (Horsburgh et al., pyhydroqc); both are NULL where nobody touched the reading.
"""

from pathlib import Path

import polars as pl

from ...config import FleetConfig
from ..timeline import Unit
from ._files import csv_bytes, local_text, missing_text, put, raw_columns

CODES = {
    "spike": 2,
    "stuck": 3,
    "noise_burst": 4,
    "level_shift": 5,
    "subtle": 6,
    "drift": 7,
    "dropout": 8,
    "correlation_break": 9,
    "degradation": 10,
    "point": 11,
    "collective": 12,
    "contextual": 13,
}


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Stations keep their names."""
    return unit.name


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one ``<Station><year>.csv.gz`` per station and local year."""
    marked = _marked(frames, fleet).with_columns(local_text(fleet, "%Y").alias("_year"))
    written = []
    for (station, year), part in marked.group_by("unit_id", "_year", maintain_order=True):
        text = csv_bytes(_shaped(part, fleet), null="NULL")
        written.append(put(folder / f"{station}{year}.csv.gz", text))
    return written


def _marked(frames: dict[str, pl.DataFrame], fleet: FleetConfig) -> pl.DataFrame:
    """Readings with the clean value beside them and the code of the event that lies on each sensor."""
    clean = frames["clean"].rename({sensor: f"{sensor}_cor" for sensor in fleet.sensors})
    marked = frames["readings"].join(clean, on=["unit_id", "time"], maintain_order="left")
    codes = {sensor: pl.lit(None, dtype=pl.Int64) for sensor in fleet.sensors}
    for event in frames["events"].iter_rows(named=True):
        inside = (
            (pl.col("unit_id") == event["unit_id"])
            & (pl.col("time") >= event["start"])
            & (pl.col("time") < event["end"])
        )
        for sensor in [event["sensor"]] if event["sensor"] else fleet.feature_sensors:
            codes[sensor] = pl.when(inside).then(CODES[event["failure_type"]]).otherwise(codes[sensor])
    return marked.with_columns([code.alias(f"{sensor}_qual") for sensor, code in codes.items()])


def _shaped(part: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    missing = missing_text(fleet)
    columns: list[pl.Expr] = [local_text(fleet, "%Y-%m-%d %H:%M:%S.000").alias("datetime")]
    for sensor, column in raw_columns(fleet).items():
        columns += [
            pl.col(sensor).cast(pl.String).fill_null(missing or None).alias(column),
            pl.col(f"{sensor}_cor").alias(f"{column}_cor"),
            pl.col(f"{sensor}_qual").alias(f"{column}_qual"),
        ]
    return part.select(columns)
