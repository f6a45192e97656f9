"""C-MAPSS text: engines that failed in ``train_FD901.txt``, engines still running in ``test_FD901.txt`` with their
remaining life in ``RUL_FD901.txt``; unit, cycle, 3 settings, 21 sensors, no header, two blanks at the end of a line.

The layout is that of NASA's turbofan degradation set (Saxena et al., PHM 2008). FD901 keeps clear of the published
FD001 to FD004.
"""

from datetime import timedelta
from pathlib import Path

import polars as pl

from ...config import FleetConfig
from ..timeline import Unit
from ._files import put, raw_columns

RECORDING = "FD901"
COLUMNS = ("setting_1", "setting_2", "setting_3", *(f"sensor_{number}" for number in range(1, 22)))
MICROSECOND = timedelta(microseconds=1)
CONSTANTS = {
    "setting_3": 100.0,
    "sensor_1": 518.67,
    "sensor_5": 14.62,
    "sensor_6": 21.61,
    "sensor_10": 1.3,
    "sensor_16": 0.03,
    "sensor_18": 2388.0,
    "sensor_19": 100.0,
}
"""What FD001 reads in columns that never change and that a fleet file leaves out."""


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Engines are numbered, and told apart by file."""
    return f"{'train' if failed else 'test'}_{RECORDING}-{unit.number + 1:03d}"


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write the train and the test file, and the remaining life of the engines in the latter, in its order."""
    cycle = pl.int_range(1, pl.len() + 1).over("unit_id")
    table = _numbered(frames["readings"].sort("unit_id", "time")).with_columns(cycle.alias("cycle"))
    running = _numbered(frames["units"].rename({"system_id": "unit_id"})).filter(_kind("test")).sort("engine")
    life = (pl.col("failure_at") - pl.col("last_reading")).dt.total_microseconds() // (fleet.sampling // MICROSECOND)
    written = [
        put(folder / f"{kind}_{RECORDING}.txt", _text(table.filter(_kind(kind)).sort("engine", "cycle"), fleet))
        for kind in ("train", "test")
        if not table.filter(_kind(kind)).is_empty()
    ]
    if running.is_empty():
        return written
    lives = running.select(life.cast(pl.String) + " ").to_series().to_list()
    return [*written, put(folder / f"RUL_{RECORDING}.txt", ("\n".join(lives) + "\n").encode())]


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("unit_id").str.extract(r"(\d+)$").cast(pl.Int64).alias("engine"))


def _kind(kind: str) -> pl.Expr:
    return pl.col("unit_id").str.starts_with(kind)


def _text(table: pl.DataFrame, fleet: FleetConfig) -> bytes:
    """Lines of unit, cycle, settings and sensors; columns that the fleet doesn't name stand still."""
    sensor_of = {column: sensor for sensor, column in raw_columns(fleet).items()}
    values = [
        pl.col(sensor_of[column]) if column in sensor_of else pl.lit(CONSTANTS.get(column, 0.0)) for column in COLUMNS
    ]
    cells = [pl.col("engine").cast(pl.String), pl.col("cycle").cast(pl.String), *(v.cast(pl.String) for v in values)]
    lines = table.select(pl.concat_str(cells, separator=" ") + "  ").to_series()
    return ("\n".join(lines) + "\n").encode()
