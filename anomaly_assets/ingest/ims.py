"""IMS bearings run to failure: feature tables ``merged_dataset_BearingTest_N.csv``, a column per bearing (and channel).

The first column has no name and holds local times; the others are called ``Bearing 3`` or ``Bearing 3 C2``. A unit is
a test (``test_1``, sensors are columns) or, with ``per: bearing``, a bearing (``test_1_bearing_3``, sensors are ``C1``
and ``C2``; a bearing with one channel has ``C1`` alone). When the rig stops, all channels of the test fall to nothing:
such rows say nothing about health and are rejected.

A test ends with the failure of the bearings that the public record names: test 1 with an inner race defect in bearing 3
and a rolling element defect in bearing 4, tests 2 and 3 with outer race failures in bearing 1 and bearing 3. The label
of a failure begins ``labels.failure_horizon`` before the last row that counts and ends one step after it.

Source: H. Qiu, J. Lee, J. Lin, G. Yu, "Wavelet filter-based weak signature detection method and its application on
rolling element bearing prognostics", Journal of Sound and Vibration, 2006.
"""

import re
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

import polars as pl
from pydantic import Field

from ..config import FleetConfig, Model, parse_duration
from ..errors import IngestError
from .cells import Cells, require, rule_for, typed
from .delimited import ROW, Dialect, Text, with_text
from .intervals import as_labels
from .recording import Recording, dated
from .table import present

_NAME = re.compile(r"merged_dataset_BearingTest_(\d+)\.csv(\.gz)?")
_CHANNEL = re.compile(r"Bearing (\d+)(?: (C\d+))?")
_TIME, _LEVEL = "", "__level"
_RECORD = {1: {3: "inner_race", 4: "rolling_element"}, 2: {1: "outer_race"}, 3: {3: "outer_race"}}


class Options(Model):
    """What an IMS fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    per : what a unit is, a ``test`` or a ``bearing``.
    failures : the bearings that failed at the end of each test, with the kind of the failure.
    stopped_below : a row whose channels all lie below this (in absolute value) was taken of a rig that stood still.
    missing_sensors : whether a test without a configured column is refused, or that sensor is empty.
    """

    per: Literal["test", "bearing"] = "test"
    failures: dict[int, dict[int, str]] = _RECORD
    stopped_below: float = Field(default=0.01, ge=0)
    missing_sensors: Literal["refuse", "empty"] = "refuse"


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is the table of a test."""
    return _NAME.fullmatch(PurePosixPath(name).name) is not None


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one test.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time or a sensor.
    """
    told = _NAME.fullmatch(path.name)
    if told is None:
        raise IngestError(f"{name} is no test", expected="merged_dataset_BearingTest_N.csv")
    options = Options(**fleet.source.options)
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
    return Recording.of(fleet, whole, rejects.unique(maintain_order=True), _labels(rows, test, fleet, options))


def _units(channels: dict[str, re.Match[str]], test: int, options: Options) -> dict[str, dict[str, str]]:
    """Name the units of a test, each with its columns by the names that sensors may use."""
    if options.per == "test":
        return {f"test_{test}": {column: column for column in channels}}
    units: dict[str, dict[str, str]] = {}
    for column, match in channels.items():
        units.setdefault(f"test_{test}_bearing_{match[1]}", {})[match[2] or "C1"] = column
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


def _labels(rows: pl.DataFrame, test: int, fleet: FleetConfig, options: Options) -> pl.DataFrame | None:
    failed = options.failures.get(test)
    if not failed or not rows.height:
        return None
    labels = []
    for bearing, kind in failed.items():
        unit = f"test_{test}" if options.per == "test" else f"test_{test}_bearing_{bearing}"
        life = _life(rows.filter(unit_id=fleet.source.unit.aliases.get(unit, unit)), bearing, fleet)
        labels.append(as_labels(life, failure_type=kind, source="ims"))
        for sensor in _sensors_of(bearing, fleet) if options.per == "test" else ():
            labels.append(as_labels(life, failure_type=kind, source="ims", sensor=sensor))
    return pl.concat(labels)


def _life(rows: pl.DataFrame, bearing: int, fleet: FleetConfig) -> pl.DataFrame:
    """Give the interval before a failure at the last row: one row, or none where the bearing has no rows."""
    horizon = fleet.labels.failure_horizon
    early = parse_duration(horizon) if horizon else timedelta(0)
    step = rows.get_column("time").sort().diff().median() or timedelta(0)
    return (
        rows.group_by("unit_id")
        .agg(pl.col("time").min().alias("born"), pl.col("time").max().alias("failure_at"))
        .select(
            "unit_id",
            pl.max_horizontal("born", pl.col("failure_at") - early).alias("start"),
            (pl.col("failure_at") + pl.lit(step, pl.Duration("us"))).alias("end"),
            "failure_at",
            pl.lit(f"bearing {bearing}").alias("note"),
        )
    )


def _sensors_of(bearing: int, fleet: FleetConfig) -> list[str]:
    matches = {sensor: _CHANNEL.fullmatch(config.column or sensor) for sensor, config in fleet.sensors.items()}
    return [sensor for sensor, match in matches.items() if match and int(match[1]) == bearing]
