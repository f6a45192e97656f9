"""Numenta Anomaly Benchmark series: ``timestamp,value`` files, anomaly windows in ``labels/combined_windows.json``.

Source: A. Lavin, S. Ahmad, "Evaluating Real-Time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", 2015.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ..config import FleetConfig, Model
from ..errors import IngestError
from .cells import require, typed
from .delimited import Text, with_text
from .intervals import as_labels
from .recording import Recording
from .table import Options as TableOptions
from .table import cells_of, present
from .times import time_rule

SUFFIXES = (".csv",)
WINDOWS = "combined_windows.json"
_LEVELS = 4


class Options(Model):
    """What a NAB fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    time : name of the column of instants.
    """

    time: str = "timestamp"


def companions(path: Path) -> tuple[Path, ...]:
    """Find the windows file: in ``labels/`` of one of the folders above the series, or right there."""
    places = (folder / part / WINDOWS for folder in path.parents[:_LEVELS] for part in ("labels", "."))
    return tuple(place for place in places if place.is_file())[:1]


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one series; a series that the windows file doesn't name has no labels.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time or the value.
    """
    table = TableOptions(time=Options(**fleet.source.options).time, delimiter=",")
    return with_text(path, table.dialect, lambda text: _recording(text, path, name, fleet, table))


def _recording(text: Text, path: Path, name: str, fleet: FleetConfig, table: TableOptions) -> Recording:
    require(table.times, text.columns, name)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, text.columns, name, some=False)
    rows, rejects = typed(cells_of(text, name.removeprefix("data/"), fleet, table, chosen=chosen), fleet)
    rejects = rejects.with_columns(pl.lit(name).alias("source_file"))
    readings = rows.with_columns(pl.lit(name).alias("source_file"))
    return Recording.of(fleet, readings, rejects, _labels(path, rows, fleet))


def _labels(path: Path, rows: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame | None:
    windows = [window for file in companions(path) for window in _windows(file, path)]
    if not windows or not rows.height:
        return None
    texts = pl.DataFrame(windows, schema={"start": pl.String, "end": pl.String}, orient="row")
    rule = time_rule(texts.get_column("start"), fleet.source.time_zone)
    step = rows.get_column("time").sort().diff().filter(rows.get_column("time").sort().diff() > timedelta(0)).median()
    moments = [rule.expression(pl.col(column), pl.String()).alias(column) for column in texts.columns]
    # The windows' last instant belongs to them, so the interval ends one step later.
    intervals = texts.select(moments).with_columns(
        pl.col("end") + pl.lit(step).cast(pl.Duration("us")).fill_null(timedelta(0))
    )
    unit = rows.get_column("unit_id").first()
    return as_labels(intervals.with_columns(pl.lit(unit).alias("unit_id")), failure_type="anomaly", source="nab")


def _windows(file: Path, path: Path) -> list[Any]:
    """Give the windows of one series; the key is the end of its path, such as ``realTweets/Twitter_volume_FB.csv``."""
    try:
        named: dict[str, list[Any]] = json.loads(file.read_text(encoding="utf-8"))
        key = "/".join(path.parts[-2:]).removesuffix(".gz")
        return [pair for pair in named.get(key, []) if len(pair) == 2]
    except (ValueError, AttributeError, TypeError) as error:
        raise IngestError(
            f"{file.name} can't be read", found=str(error), expected="series to [start, end] pairs"
        ) from error
