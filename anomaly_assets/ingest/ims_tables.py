"""IMS feature tables ``merged_dataset_BearingTest_N.csv``: a column per bearing (and channel).

The first column has no name and holds local times; the others are called ``Bearing 3`` or ``Bearing 3 C2`` and hold the
mean absolute amplitude of a snapshot. When the rig stops, all channels of the test fall to nothing: such rows say
nothing about health and are rejected.
"""

import re
from pathlib import Path, PurePosixPath

import polars as pl

from ..config import FleetConfig
from ..errors import IngestError
from .cells import Cells, require, rule_for, typed
from .delimited import ROW, Dialect, Text, with_text
from .ims_layout import Options, failure_labels
from .recording import Recording, dated
from .table import present

_NAME = re.compile(r"merged_dataset_BearingTest_(\d+)\.csv(\.gz)?")
_CHANNEL = re.compile(r"Bearing (\d+)(?: (C\d+))?")
_TIME, _LEVEL = "", "__level"


def is_table(name: str) -> bool:
    """Whether a file is the table of a test."""
    return _NAME.fullmatch(PurePosixPath(name).name) is not None


def read_table(path: Path, name: str, fleet: FleetConfig, options: Options) -> Recording:
    """Read the table of one test.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time or a sensor.
    """
    told = _NAME.fullmatch(path.name)
    if told is None:
        raise IngestError(f"{name} is no test", expected="merged_dataset_BearingTest_N.csv")
    return with_text(path, Dialect(","), lambda text: _recording(text, name, int(told[1]), fleet, options))


def _recording(text: Text, name: str, test: int, fleet: FleetConfig, options: Options) -> Recording:
    require([_TIME], text.columns, name)
    channels = {column: match for column in text.columns if (match := _CHANNEL.fullmatch(column))}
    if not channels:
        raise IngestError(f"{name} has no channels", found=", ".join(text.columns), expected="Bearing 1, Bearing 2 C1")
    highest = pl.max_horizontal(pl.col(c).cast(pl.Float64, strict=False).abs() for c in channels)
    levelled = Text(text.columns, text.cells.with_columns(highest.alias(_LEVEL)), text.ragged)
    parts = [
        _rows(levelled, name, fleet, options, unit=unit, columns=columns)
        for unit, columns in _units(channels, test, options).items()
    ]
    rows, rejects = (pl.concat(frames, how="diagonal") for frames in zip(*parts, strict=True))
    absent = [pl.lit(None, pl.Float64).alias(sensor) for sensor in fleet.sensors if sensor not in rows.columns]
    whole = rows.with_columns(pl.lit(name).alias("source_file"), *absent)
    return Recording.of(fleet, whole, rejects.unique(maintain_order=True), _labels(rows, test, fleet))


def _units(channels: dict[str, re.Match[str]], test: int, options: Options) -> dict[str, dict[str, str]]:
    """Name the units of a test, each with its columns by the names that sensors may use."""
    units: dict[str, dict[str, str]] = {}
    for column, match in channels.items():
        unit, channel = options.place(test, int(match[1]), match[2] or "C1")
        short = column if options.per == "test" else match[2] or "C1"
        units.setdefault(unit, {}).update({short: column, f"{channel}_mean_abs": column})
    return units


def _rows(
    text: Text, name: str, fleet: FleetConfig, options: Options, *, unit: str, columns: dict[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type one unit's rows; those of a rig that stood still become rejects."""
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, tuple(columns), name, options.missing_sensors == "empty")
    cells = text.cells.select(
        ROW,
        _LEVEL,
        pl.lit(fleet.source.unit.aliases.get(unit, unit)).alias("unit_id"),
        pl.col(_TIME).alias("when"),
        *(pl.col(columns[column]).alias(sensor) for sensor, column in chosen.items()),
    )
    rule = rule_for(cells, fleet.source)
    read, rejects = typed(Cells(name, cells, rule, tuple(chosen), ragged=text.ragged), fleet)
    stopped = (pl.col(_LEVEL) < options.stopped_below).fill_null(False)
    still = read.filter(stopped).select(
        "unit_id",
        "time",
        pl.lit(None, pl.String).alias("sensor"),
        pl.lit("rig_stopped").alias("rule"),
        pl.format("{} at most in any channel", pl.col(_LEVEL).round(6)).alias("found"),
        ROW,
    )
    return read.filter(~stopped), pl.concat([rejects, dated(still, read, name).select(rejects.columns)])


def _labels(rows: pl.DataFrame, test: int, fleet: FleetConfig) -> pl.DataFrame | None:
    """Label the failures at the last row that counts."""
    if not rows.height:
        return None
    moments, units = (rows.get_column(column).unique().to_list() for column in ("time", "unit_id"))
    return failure_labels(test, moments, max(moments), fleet, units=units)
