"""UCR anomaly archive: one series a file, one anomaly a series, its place in the file's name.

``NNN_UCR_Anomaly_<name>_<train end>_<start>_<end>.txt`` holds values, one a line or all in one line. Its positions
count from 1 and both ends belong to the anomaly (where two files are made from one series, they differ exactly there);
the first ``train end`` values are free of anomalies. ``NNN_UCR_Anomaly_<name>.test.csv`` is the form that other
benchmarks pass on: ``timestamp`` (an index from 0), ``value``, ``is_anomaly``; it tells no train end, and marks the
rows [start, end) counted from 0, which is one row later than the text file's name says. Both are read as they are.
Units are called after number and name, those of the second form end with ``_test``: a series that is there twice is
two units.

Source: R. Wu, E. Keogh, "Current Time Series Anomaly Detection Benchmarks are Flawed and are Creating the Illusion of
Progress", TKDE 2021.
"""

import re
from pathlib import Path, PurePosixPath

import polars as pl

from ..config import FleetConfig
from ..errors import IngestError
from .blanks import cut_at_blanks
from .cells import require, typed
from .delimited import ROW, Dialect, Text, with_text
from .intervals import as_labels, marked_runs
from .recording import Recording
from .steps import Steps, filled, timed
from .table import present

_VALUES = re.compile(r"(?P<number>\d+)_UCR_Anomaly_(?P<name>.+)_(?P<train>\d+)_(?P<start>\d+)_(?P<end>\d+)\.txt(\.gz)?")
_MARKED = re.compile(r"(?P<number>\d+)_UCR_Anomaly_(?P<name>.+)\.test\.csv(\.gz)?")
_TABLE = ("timestamp", "value", "is_anomaly")


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``: epoch and step, see `Steps`."""


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is a series of the archive, in either form."""
    last = PurePosixPath(name).name
    return (_VALUES.fullmatch(last) or _MARKED.fullmatch(last)) is not None


def train_end(name: str) -> int | None:
    """Tell how many values at the start of a series are free of anomalies; None where its file's name doesn't say.

    A name whose training part reaches into its anomaly contradicts itself; the part before the anomaly is what is free.
    """
    told = _VALUES.fullmatch(PurePosixPath(name).name)
    return min(int(told["train"]), int(told["start"]) - 1) if told else None


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one series; its values are the column ``value``.

    Raises
    ------
    IngestError
        If the file can't be read, its name doesn't place the anomaly within it, or a sensor isn't ``value``.
    """
    options = Options(**fleet.source.options)
    if told := _VALUES.fullmatch(path.name):
        return _values(path, name, told, fleet, options)
    if told := _MARKED.fullmatch(path.name):
        unit = _unit(told, fleet, "_test")
        return with_text(path, Dialect(","), lambda text: _marked(filled(text), name, unit, fleet, options))
    raise IngestError(
        f"{name} is no series of the archive", expected="NNN_UCR_Anomaly_<name>_<train>_<start>_<end>.txt"
    )


def _unit(told: re.Match[str], fleet: FleetConfig, ending: str = "") -> str:
    unit = f"{told['number']}_{told['name']}{ending}"
    return fleet.source.unit.aliases.get(unit, unit)


def _chosen(fleet: FleetConfig, name: str) -> dict[str, str]:
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    return present(sensors, ("value",), name, some=False)


def _values(path: Path, name: str, told: re.Match[str], fleet: FleetConfig, options: Options) -> Recording:
    cells = cut_at_blanks(path).select(pl.col("cells").explode().alias("value")).with_row_index(ROW, offset=1)
    start, end = int(told["start"]), int(told["end"])
    if not 1 <= start <= end <= cells.height:
        raise IngestError(
            f"the name {path.name} doesn't place the anomaly within the file",
            found=f"values {start} to {end} of {cells.height}",
            remedy="copy the file again; it may be cut short",
        )
    unit = _unit(told, fleet)
    nothing = pl.DataFrame(schema={ROW: pl.Int64, "found": pl.String})
    text = Text(("value",), cells.with_columns(pl.col(ROW).cast(pl.Int64)).lazy(), nothing)
    rows, rejects = typed(timed(text, name, unit, options, chosen=_chosen(fleet, name)), fleet)
    labels = as_labels(options.intervals(unit, [(start - 1, end)]), failure_type="anomaly", source="ucr")
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")), rejects, labels)


def _marked(text: Text, name: str, unit: str, fleet: FleetConfig, options: Options) -> Recording:
    require(_TABLE, text.columns, name)
    index = pl.col("timestamp").str.strip_chars().cast(pl.Int64, strict=False)
    cells = timed(text, name, unit, options, chosen=_chosen(fleet, name), index=index)
    rows, rejects = typed(cells, fleet)
    flagged = pl.col("is_anomaly").str.strip_chars().cast(pl.Float64, strict=False) > 0
    marks = text.cells.select(ROW, pl.when(flagged).then(pl.lit("1")).alias("__mark")).collect()
    runs = marked_runs(rows.join(marks, on=ROW, how="left"), "__mark", bridge=options.step)
    labels = as_labels(runs, failure_type="anomaly", source="ucr")
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")), rejects, labels)
