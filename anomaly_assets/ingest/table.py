"""The generic reader: CSV and Parquet, one column per sensor (wide) or one row per reading (long)."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import polars as pl
from pydantic import model_validator

from ..config import FleetConfig, Model
from ..errors import IngestError
from .cells import Cells, require, rule_for, typed
from .delimited import ROW, Dialect, Text, with_text
from .label_file import read_labels
from .long_layout import widened
from .recording import Recording
from .row_marks import RowMarks
from .units import unit_expression

_SUFFIXES = {".csv", ".tsv", ".txt", ".dat", ".asc", ".parquet", ".pq"}
_PARQUET = {".parquet", ".pq"}


class Options(Model):
    """What a table's YAML may say under ``source.options``.

    Attributes
    ----------
    layout : ``wide`` (one column per sensor) or ``long`` (``sensor_column`` names it, ``value_column`` holds it).
    delimiter : character between cells; found out when not given.
    decimal : decimal mark of numbers in text.
    time : name of the column of instants, or the two names of a date and a time column.
    time_format : strptime format, or ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``epoch_ns``; found out when not given.
    day_first : whether 03/04/2024 is the third of April; decided from the values when not given.
    header, skip_rows, encoding : how the text begins and is encoded.
    sensor_column, value_column : for the long layout.
    missing_sensors : whether a file without a configured sensor's column is refused, or that sensor is empty.
    labels : path of a labels file relative to the folder.
    marks : columns that mark rows as anomalous, for the wide layout; see `RowMarks`.
    """

    layout: Literal["wide", "long"] = "wide"
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    time: str | tuple[str, str] = "time"
    time_format: str | None = None
    day_first: bool | None = None
    header: bool = True
    skip_rows: int = 0
    encoding: str | None = None
    sensor_column: str = "sensor"
    value_column: str = "value"
    missing_sensors: Literal["refuse", "empty"] = "refuse"
    labels: str | None = None
    marks: RowMarks | None = None

    @model_validator(mode="after")
    def _one_character(self) -> "Options":
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise ValueError(f"delimiter {self.delimiter!r} must be one character")
        if self.marks is not None and self.layout == "long":
            raise ValueError("marks belong to the wide layout; use a labels file for a long one")
        return self

    @property
    def dialect(self) -> Dialect:
        """How the text is laid out."""
        return Dialect(self.delimiter, self.header, self.skip_rows, self.encoding)

    @property
    def times(self) -> tuple[str, ...]:
        """Names of the columns that make up the instant."""
        return (self.time,) if isinstance(self.time, str) else self.time


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a matched file can be a table; a person's own include patterns are believed."""
    path = PurePosixPath(name)
    bare = path.with_suffix("") if path.suffix == ".gz" else path
    return tuple(fleet.source.include) != ("**/*",) or bare.suffix.lower() in _SUFFIXES


def beside(fleet: FleetConfig, names: Sequence[str]) -> tuple[str, ...]:
    """Name the labels file, which belongs to the source without holding readings."""
    labels = Options(**fleet.source.options).labels
    return () if labels is None else (labels,)


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one table.

    Raises
    ------
    IngestError
        If the file can't be read, or lacks the time, the unit or a sensor.
    """
    options = Options(**fleet.source.options)
    if name == options.labels:
        return Recording.of(fleet, marked=read_labels(path, fleet))
    if PurePosixPath(name).suffix.lower() in _PARQUET:
        return _recording(parquet_text(path), name, fleet, options)
    return with_text(path, options.dialect, lambda text: _recording(text, name, fleet, options))


def parquet_text(path: Path) -> Text:
    """Read a Parquet file as if it were text whose cells are typed already.

    Raises
    ------
    IngestError
        If the file is empty or no Parquet file.
    """
    try:
        scan = pl.scan_parquet(path)
        columns = tuple(scan.collect_schema().names())
        if not scan.select(pl.len()).collect().item():
            raise IngestError(f"{path.name} is empty", remedy="copy the file again, or remove it")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IngestError(f"{path.name} is no Parquet file", found=str(error).splitlines()[0]) from error
    numbered = scan.drop(ROW, strict=False).with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    return Text(columns, numbered, pl.DataFrame(schema={ROW: pl.Int64, "found": pl.String}))


def _recording(text: Text, name: str, fleet: FleetConfig, options: Options) -> Recording:
    require(options.times, text.columns, name)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    if options.layout == "long":
        chosen = {"sensor": options.sensor_column, "value": options.value_column}
        require(chosen.values(), text.columns, name)
    else:
        chosen = present(sensors, text.columns, name, options.missing_sensors == "empty")
    marks = options.marks.columns(chosen, text.columns, name) if options.marks else {}
    rows, rejects = typed(cells_of(text, name, fleet, options, chosen=chosen, marks=marks), fleet)
    labels = options.marks.labels(rows, fleet, "table") if options.marks else None
    if options.layout == "long":
        rows, rejects = widened(rows, rejects, sensors, name)
    absent = [pl.lit(None, pl.Float64).alias(sensor) for sensor in sensors if sensor not in rows.columns]
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file"), *absent), rejects, labels)


def present(sensors: dict[str, str], columns: tuple[str, ...], name: str, some: bool) -> dict[str, str]:
    """Choose the sensors that a file has; without ``some`` all must be there, with it at least one.

    Raises
    ------
    IngestError
        If a column is missing that must be there.
    """
    found = {sensor: column for sensor, column in sensors.items() if column in columns}
    if not (some and found):
        require(sensors.values(), columns, name)
    return found


def cells_of(
    text: Text,
    name: str,
    fleet: FleetConfig,
    options: Options,
    *,
    chosen: dict[str, str],
    marks: dict[str, str] | None = None,
) -> Cells:
    """Pick a file's columns: source_row, unit_id, when, the chosen ones under their new names, marks as they are."""
    when = [pl.col(column) for column in options.times]
    joined = when[0] if len(when) == 1 else pl.concat_str([_as_text(column) for column in when], separator=" ")
    rows = text.cells.select(
        ROW,
        unit_expression(name, text.columns, fleet).alias("unit_id"),
        joined.alias("when"),
        *(pl.col(column).alias(new) for new, column in (chosen | (marks or {})).items()),
    )
    long = options.layout == "long"
    return Cells(
        name=name,
        rows=rows,
        rule=rule_for(rows, fleet.source, options.time_format, options.day_first),
        numbers=("value",) if long else tuple(chosen),
        decimal=options.decimal,
        keys=("unit_id", "sensor") if long else ("unit_id",),
        ragged=text.ragged,
    )


def _as_text(column: pl.Expr) -> pl.Expr:
    return column.cast(pl.String).str.strip_chars()
