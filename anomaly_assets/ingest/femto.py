"""FEMTO (PRONOSTIA) bearings run to failure: raw snapshots, and tables of features computed from them.

A snapshot is a tenth of a second of both accelerometers, taken every ten seconds: ``Bearing1_1/acc_00001.csv`` with
hour, minute, second, microsecond, horizontal and vertical acceleration, 2,560 lines at 25.6 kHz, cells between commas
or (in some bearings) semicolons. They are read when the fleet's file says ``waveforms``; sensors are indicators of the
channels ``h`` and ``v``. A table is ``<set>_Bearing1_1.parquet`` (or ``.csv``), a row a snapshot, its columns are
called the same way: ``h_rms``, ``v_kurtosis``; where it says ``p2p`` and ``skew``, sensors may say ``peak_to_peak``
and ``skewness``.

Files tell the time of day and no date: snapshot n is placed at epoch + (n - 1) steps of 10 s, so that hours at rest
between two snapshots (Bearing1_1 has six of them) are left out. A unit is a bearing, ``Bearing1_1``; leave the folder
``Test_set`` out where ``Full_Test_set`` lies beside it, its snapshots are the same.

Bearings are run to failure, those of ``Test_set`` stop before. The label of a failure begins ``labels.failure_horizon``
before the last snapshot and ends one step after it; while snapshots still arrive, it moves on with them.

Source: P. Nectoux et al., "PRONOSTIA: An experimental platform for bearings accelerated degradation tests", PHM 2012.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

import polars as pl

from ..config import Duration, FleetConfig
from ..errors import IngestError
from .cells import require, typed
from .condensing import Condense, Signals, stated
from .delimited import ROW, Dialect, Text, with_text
from .intervals import as_labels
from .recording import Recording
from .snapshots import FAILURE, failures, is_failure, last_days, samples, siblings, snapshot_of
from .steps import Steps, timed
from .table import parquet_text, present

WAVEFORMS = True
_SNAPSHOT = re.compile(r"acc_(\d+)\.csv(?:\.gz)?")
_TABLE = re.compile(r".*(Bearing\d+_\d+)(?:\.parquet|\.csv|\.csv\.gz)")
_BEARING = re.compile(r"Bearing\d+_\d+")
_COLUMNS, _NUMBER = 6, "snapshot"
_SAME = {"peak_to_peak": "p2p", "skewness": "skew"}


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    step : time from one snapshot to the next.
    missing_sensors : whether a table without a configured column is refused, or that sensor is empty.
    """

    step: Duration = timedelta(seconds=10)
    missing_sensors: Literal["refuse", "empty"] = "refuse"


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is a table, or a snapshot and somebody said how it is condensed."""
    if _is_snapshot(name):
        return fleet.waveforms is not None
    return _TABLE.fullmatch(PurePosixPath(name).name) is not None


def companions(path: Path) -> tuple[Path, ...]:
    """Name the snapshot that a failure depends on."""
    return snapshot_of(path)


def beside(fleet: FleetConfig, names: Sequence[str]) -> tuple[str, ...]:
    """Name the failure of every bearing that there are snapshots of."""
    return failures(filter(_is_snapshot, names), lambda name: _bearing(name) if _fails(name) else None)


def read(path: Path, name: str, fleet: FleetConfig, condense: Condense | None = None) -> Recording:
    """Read a table, a snapshot or a failure.

    Raises
    ------
    IngestError
        If the file can't be read, its name tells no bearing, or a sensor is missing.
    """
    options = Options(**fleet.source.options)
    if is_failure(name):
        return _failure(path, name, fleet, options)
    if _is_snapshot(name):
        return _snapshot(path, name, fleet, options, condense)
    if path.suffix == ".parquet":
        return _table(parquet_text(path), name, fleet, options)
    return with_text(path, Dialect(","), lambda text: _table(text, name, fleet, options))


def _is_snapshot(name: str) -> bool:
    return _SNAPSHOT.fullmatch(PurePosixPath(name).name) is not None


def _fails(name: str) -> bool:
    """Whether the bearing was run to its failure: everywhere but in Test_set."""
    return not re.search(r"(?i)(?<!full_)test_set", name)


def _bearing(name: str) -> str:
    told = _BEARING.findall(name)
    if not told:
        raise IngestError(f"the name {name} doesn't say which bearing it is of", expected="Bearing1_1/acc_00001.csv")
    return str(told[-1])


def _unit(name: str, fleet: FleetConfig) -> str:
    return fleet.source.unit.aliases.get(_bearing(name), _bearing(name))


def _moment(name: str, options: Options) -> datetime:
    told = _SNAPSHOT.fullmatch(PurePosixPath(name.removesuffix(FAILURE)).name)
    return options.instant(int(told[1]) - 1 if told else 0)


def _snapshot(path: Path, name: str, fleet: FleetConfig, options: Options, condense: Condense | None) -> Recording:
    unit, found = _unit(name, fleet), samples(path, name)
    if found.shape[1] != _COLUMNS:
        raise IngestError(
            f"{name} is no snapshot",
            found=f"{found.shape[1]} columns",
            expected="hour, minute, second, microsecond, horizontal, vertical",
        )
    signals = Signals({"h": found[:, 4][None, :], "v": found[:, 5][None, :]})
    some = options.missing_sensors == "empty"
    rows = signals.rows(fleet, stated(fleet), name, condense, some=some).with_columns(
        pl.lit(unit).alias("unit_id"),
        pl.lit(_moment(name, options)).cast(pl.Datetime("us", "UTC")).alias("time"),
        pl.lit(1, pl.Int64).alias(ROW),
        pl.lit(name).alias("source_file"),
    )
    return Recording.of(fleet, rows)


def _failure(path: Path, name: str, fleet: FleetConfig, options: Options) -> Recording:
    """Label the failure at the last snapshot that can be read."""
    bearing = _bearing(name)
    root, names = siblings(path, name, fleet)
    mine = [one for one in names if _is_snapshot(one) and _fails(one) and _bearing(one) == bearing]
    last = next((one for one in reversed(mine) if _is_readable(root / one)), None)
    if last is None:
        return Recording.of(fleet)
    moments = [_moment(one, options) for one in mine]
    return Recording.of(fleet, marked=_labels(_unit(name, fleet), moments, _moment(last, options), fleet))


def _is_readable(path: Path) -> bool:
    try:
        return samples(path, path.name).shape[1] == _COLUMNS
    except IngestError:
        return False


def _labels(unit: str, moments: list[datetime], failed: datetime, fleet: FleetConfig) -> pl.DataFrame:
    return as_labels(last_days(unit, moments, failed, fleet, "end of the test"), failure_type="bearing", source="femto")


def _table(text: Text, name: str, fleet: FleetConfig, options: Options) -> Recording:
    require([_NUMBER], text.columns, name)
    renamed = {column: _as_sensors_say(column) for column in text.columns}
    known = Text((*text.columns, *renamed.values()), text.cells, text.ragged)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    found = present(sensors, tuple(dict.fromkeys(known.columns)), name, options.missing_sensors == "empty")
    original = {new: old for old, new in renamed.items()}
    chosen = {sensor: column if column in text.columns else original[column] for sensor, column in found.items()}
    number = pl.col(_NUMBER).cast(pl.Int64, strict=False) - 1
    unit = _unit(name, fleet)
    rows, rejects = typed(timed(text, name, unit, options, chosen=chosen, index=number), fleet)
    absent = [pl.lit(None, pl.Float64).alias(sensor) for sensor in sensors if sensor not in rows.columns]
    whole = rows.with_columns(pl.lit(name).alias("source_file"), *absent)
    moments = rows.get_column("time").to_list()
    labels = _labels(unit, moments, max(moments), fleet) if moments and _fails(name) else None
    return Recording.of(fleet, whole, rejects, labels)


def _as_sensors_say(column: str) -> str:
    """Write a table's column as the sensors of raw snapshots are called."""
    channel, _, told = column.partition("_")
    return next((f"{channel}_{ours}" for ours, theirs in _SAME.items() if told == theirs), column)
