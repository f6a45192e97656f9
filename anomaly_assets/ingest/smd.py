"""Server Machine Dataset and its kin (ASD): channels of servers without instants, anomalies and their root causes.

Two layouts are read: ``<machine>_train.parquet`` and ``<machine>_test.parquet`` (channels ``m00``, ``m01``, ... and,
in the test part, ``label``) with ``<machine>_interpretation_label.txt``; and the folders ``train``, ``test``,
``test_label`` and ``interpretation_label`` of text files, as published. The test part follows the train part directly
in time: row k of it is row n_train + k of the machine. Labels are the runs of ``label``, without a sensor; beside
them, one label per root cause names its sensor.

A line ``start-stop:1,2`` of the interpretation file names rows of the test part from 0 and channels from 1 (channel 1
is ``m00``). Whether row ``stop`` belongs to the anomaly differs: in SMD it doesn't, in ASD it does; the file's own
labels decide, for all lines of a file alike.

Sources: Y. Su et al., "Robust Anomaly Detection for Multivariate Time Series through Stochastic Recurrent Neural
Network", KDD 2019 (SMD); Z. Li et al., "Multivariate Time Series Anomaly Detection and Interpretation using
Hierarchical Inter-Metric and Temporal Embedding", KDD 2021 (ASD).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from ..config import FleetConfig
from ..errors import IngestError
from .cells import require, typed
from .delimited import ROW, Dialect, Text, with_text
from .files import content, decoded
from .intervals import as_labels
from .recording import Recording
from .root_causes import Cause, causes_of
from .steps import Steps, filled, spans_of, timed
from .table import parquet_text, present

T = TypeVar("T")
_PARQUET = re.compile(r"(?P<machine>.+)_(?P<part>train|test)\.parquet")
_TEXT = re.compile(r"(?P<machine>.+?)\.txt(\.gz)?")


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``: epoch and step, see `Steps`."""


@dataclass(frozen=True)
class _Part:
    """One file of a machine: whose it is, which part, and the files that belong to it."""

    machine: str
    tests: bool
    train: Path
    marks: Path
    causes: Path


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is the train or the test part of a machine."""
    return _part(Path(name)) is not None


def companions(path: Path) -> tuple[Path, ...]:
    """Name the files that a test part's instants and labels depend on, as far as they are there."""
    part = _part(path)
    if part is None or not part.tests:
        return ()
    beside = dict.fromkeys((part.train, part.marks, part.causes))
    return tuple(other for other in beside if other != path and other.is_file())


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one part of one machine.

    Raises
    ------
    IngestError
        If the file can't be read or lacks a sensor; if a test part's train part or labels are missing or damaged.
    """
    part = _part(path)
    if part is None:
        raise IngestError(f"{name} is no part of a machine", expected="<machine>_train.parquet or train/<machine>.txt")
    options = Options(**fleet.source.options)
    unit = fleet.source.unit.aliases.get(part.machine, part.machine)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    ahead = _size(_there(part, path))[0] if part.tests else 0

    def readings(text: Text) -> tuple[pl.DataFrame, pl.DataFrame]:
        chosen = present(sensors, text.columns, name, some=False)
        return typed(timed(text, name, unit, options, chosen=chosen, ahead=ahead), fleet)

    rows, rejects = _with_cells(path, readings)
    labels = _labels(part, path, unit, options, sensors=sensors, ahead=ahead) if part.tests else None
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")), rejects, labels)


def _part(path: Path) -> _Part | None:
    if told := _PARQUET.fullmatch(path.name):
        machine, tests = told["machine"], told["part"] == "test"
        train = path.with_name(f"{machine}_train.parquet")
        return _Part(machine, tests, train, path, path.with_name(f"{machine}_interpretation_label.txt"))
    told, folder = _TEXT.fullmatch(path.name), path.parent.name
    if told is None or folder not in {"train", "test"}:
        return None
    train, marks, causes = (
        path.parent.with_name(part) / path.name for part in ("train", "test_label", "interpretation_label")
    )
    return _Part(told["machine"], folder == "test", train, marks, causes)


def _with_cells(path: Path, use: Callable[[Text], T]) -> T:
    """Give a part's cells, columns called ``m00`` and so on, to ``use``."""
    if path.suffix == ".parquet":
        return use(parquet_text(path))

    def named(text: Text) -> T:
        new = {old: f"m{i:02d}" for i, old in enumerate(text.columns)}
        return use(filled(Text(tuple(new.values()), text.cells.rename(new), text.ragged)))

    return with_text(path, Dialect(delimiter=",", header=False), named)


def _there(part: _Part, path: Path) -> Path:
    """Give the train part: as many steps as it has rows passed before the test part began."""
    if part.train.is_file():
        return part.train
    raise IngestError(
        f"when {path.name} begins can't be known",
        expected=f"{part.train.parent.name}/{part.train.name}, the part before it",
        remedy="copy the train part too, or exclude the test part with source.exclude",
    )


def _size(path: Path) -> tuple[int, int]:
    """Count the rows and the channels of a part."""

    def counted(text: Text) -> tuple[int, int]:
        rows = text.cells.select(pl.col(ROW).max()).collect().item() or 0
        return rows, sum(column != "label" for column in text.columns)

    return _with_cells(path, counted)


def _labels(
    part: _Part, path: Path, unit: str, options: Options, *, sensors: dict[str, str], ahead: int
) -> pl.DataFrame:
    marked, (rows, width) = _marked(part.marks), _size(path)
    if marked.len() != rows:
        raise IngestError(
            f"{part.marks.name} doesn't fit {path.name}", found=f"{marked.len()} labels", expected=f"{rows} rows"
        )
    later = [(start + ahead, stop + ahead) for start, stop in spans_of(marked)]
    whole = as_labels(options.intervals(unit, later), failure_type="anomaly", source="smd")
    causes = causes_of(part.causes, marked, width) if part.causes.is_file() else []
    named = {sensor: _blamed(causes, column, ahead) for sensor, column in sensors.items()}
    blamed = (
        as_labels(options.intervals(unit, spans), failure_type="root_cause", source="smd", sensor=sensor)
        for sensor, spans in named.items()
    )
    return pl.concat([whole, *blamed])


def _blamed(causes: list[Cause], column: str, ahead: int) -> list[tuple[int, int]]:
    return [(cause.start + ahead, cause.stop + ahead) for cause in causes if column in cause.columns]


def _marked(marks: Path) -> pl.Series:
    """Read the label of every row of a test part."""
    if marks.suffix == ".parquet":
        text = parquet_text(marks)
        require(["label"], text.columns, marks.name)
        found = text.cells.select("label").collect().get_column("label")
    elif marks.is_file():
        found = pl.Series("label", decoded(content(marks)).split())
    else:
        raise IngestError(
            f"{marks.parent.name}/{marks.name} isn't there", remedy="copy the labels of the test part too"
        )
    numbers = found.cast(pl.Float64, strict=False)
    if not numbers.is_in([0.0, 1.0]).fill_null(False).all():
        wrong = found.filter(~numbers.is_in([0.0, 1.0]).fill_null(False)).first()
        raise IngestError(f"{marks.name} has labels that can't be read", found=repr(wrong), expected="0 or 1 per row")
    return numbers == 1.0
