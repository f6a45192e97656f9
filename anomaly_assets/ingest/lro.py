"""Logan River Observatory stations: one file per station and period, ``<sensor>_qual`` tells what a technician marked.

Times state no zone; ``NULL`` and -9999 (a sentinel to be named in YAML) mean no reading; files differ in their sensors
and in how they write time; some carry no marks. The corrected columns ``<sensor>_cor`` are not read: they were made
afterwards.

Source: A. S. Jones, T. L. Jones, J. S. Horsburgh, "Toward automating post processing of aquatic sensor data",
Environmental Modelling & Software, 2022.
"""

from pathlib import Path
from typing import Literal

import polars as pl

from ..config import FleetConfig, Model
from .cells import require, typed
from .delimited import Text, with_text
from .intervals import as_labels, marked_runs
from .recording import Recording
from .table import Options as TableOptions
from .table import cells_of, present

SUFFIXES = (".csv",)


class Options(Model):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    time : name of the column of instants.
    missing_sensors : whether a file without a configured sensor is refused, or that sensor is empty.
    """

    time: str = "datetime"
    missing_sensors: Literal["refuse", "empty"] = "empty"


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one station file.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time or every sensor.
    """
    options = Options(**fleet.source.options)
    table = TableOptions(time=options.time, missing_sensors=options.missing_sensors, delimiter=",")
    return with_text(path, table.dialect, lambda text: _recording(text, name, fleet, table))


def _recording(text: Text, name: str, fleet: FleetConfig, table: TableOptions) -> Recording:
    require(table.times, text.columns, name)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, text.columns, name, table.missing_sensors == "empty")
    marks = {f"mark__{new}": f"{column}_qual" for new, column in chosen.items() if f"{column}_qual" in text.columns}
    rows, rejects = typed(cells_of(text, name, fleet, table, chosen=chosen, marks=marks), fleet)
    absent = [pl.lit(None, pl.Float64).alias(sensor) for sensor in sensors if sensor not in chosen]
    readings = rows.with_columns(pl.lit(name).alias("source_file"), *absent)
    labels = [_labels(rows, mark, fleet) for mark in marks]
    return Recording.of(fleet, readings, rejects, pl.concat(labels) if labels else None)


def _labels(rows: pl.DataFrame, mark: str, fleet: FleetConfig) -> pl.DataFrame:
    """Turn the rows that a technician marked for one sensor into intervals; the code stays in ``note``."""
    text = pl.col(mark).str.strip_chars()
    codes = rows.with_columns(pl.when(~text.is_in(["", *fleet.source.null_texts])).then(text).alias(mark))
    sensor = mark.removeprefix("mark__")
    return as_labels(marked_runs(codes, mark), failure_type="technician", source="lro", sensor=sensor)
