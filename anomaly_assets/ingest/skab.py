"""SKAB water-loop files: one row a second, ``;`` between cells, a unit per file, rows marked ``anomaly``.

The mark ``changepoint`` stands at the edges of anomalies and makes no label of its own.

Source: I. Katser, V. Kozitsin, "Skoltech Anomaly Benchmark (SKAB)", 2020.
"""

from pathlib import Path

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
    """What a SKAB fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    time : name of the column of instants.
    """

    time: str = "datetime"


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one experiment; files without the mark columns (anomaly-free) have no labels.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time or a sensor.
    """
    table = TableOptions(time=Options(**fleet.source.options).time)
    return with_text(path, table.dialect, lambda text: _recording(text, name, fleet, table))


def _recording(text: Text, name: str, fleet: FleetConfig, table: TableOptions) -> Recording:
    require(table.times, text.columns, name)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, text.columns, name, some=False)
    marks = {"mark": "anomaly"} if "anomaly" in text.columns else {}
    rows, rejects = typed(cells_of(text, name, fleet, table, chosen=chosen, marks=marks), fleet)
    labels = _labels(rows) if marks else None
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")), rejects, labels)


def _labels(rows: pl.DataFrame) -> pl.DataFrame:
    """Join rows with ``anomaly`` 1 into intervals."""
    marked = rows.with_columns(
        pl.when(pl.col("mark").cast(pl.Float64, strict=False) > 0).then(pl.lit("1")).alias("mark")
    )
    return as_labels(marked_runs(marked, "mark"), failure_type="anomaly", source="skab")
