"""IMS raw snapshots: a second of every channel as text, the file's name is its instant (2003.10.22.12.06.24, local).

Lines of a test with two channels per bearing hold bearing 1's first and second, bearing 2's first and second, and so
on. A snapshot is one row of each unit.
"""

import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig
from ..errors import IngestError
from .condensing import Condense, Signals, stated
from .delimited import ROW
from .ims_layout import Options, failure_labels, test_in
from .recording import Recording, dated
from .snapshots import FAILURE, failures, samples, siblings

_NAME = re.compile(r"(\d{4}(?:\.\d{2}){5})(?:\.gz)?")


def is_snapshot(name: str) -> bool:
    """Whether a file is a snapshot, by its name."""
    return _NAME.fullmatch(PurePosixPath(name).name) is not None


def failures_of(names: tuple[str, ...], options: Options) -> tuple[str, ...]:
    """Name the failures that the tests of these snapshots end with."""

    def life(name: str) -> str | None:
        test = test_in(PurePosixPath(name).parts[:-1])
        return f"test_{test}" if test in options.failures else None

    return failures((name for name in names if is_snapshot(name)), life)


def read_snapshot(path: Path, name: str, fleet: FleetConfig, options: Options, condense: Condense | None) -> Recording:
    """Read one snapshot; of a rig that stood still it is a reject.

    Raises
    ------
    IngestError
        If the file can't be read, has another number of columns than its test has channels, or a sensor is missing.
    """
    config, moment, test = stated(fleet), _moment(name, fleet), _test(name)
    found = samples(path, name)
    waves = _channels(found, name, test, options)
    keys = (pl.lit(moment).cast(pl.Datetime("us", "UTC")).alias("time"), pl.lit(1, pl.Int64).alias(ROW))
    units = pl.DataFrame({"unit_id": _units(test, fleet, options)}).with_columns(keys)
    level = _level(found)
    if level < options.stopped_below:
        return Recording.of(fleet, rejects=_stopped(units, level, name))
    told = Signals(waves).rows(fleet, config, name, condense, some=options.missing_sensors == "empty")
    rows = pl.concat([units, told], how="horizontal")
    return Recording.of(fleet, rows.with_columns(pl.lit(name).alias("source_file")))


def read_failure(path: Path, name: str, fleet: FleetConfig, options: Options) -> Recording:
    """Label the failure that a test ends with: at its last snapshot that counts.

    Snapshots after it that can't be read, or were taken of a rig that stood still, don't count.
    """
    test = _test(name)
    root, names = siblings(path, name, fleet)
    ordered = [one for one in names if is_snapshot(one) and test_in(PurePosixPath(one).parts[:-1]) == test]
    last = next((one for one in reversed(ordered) if _counts(root / one, options)), None)
    if last is None:
        return Recording.of(fleet)
    moments = [_moment(one, fleet) for one in ordered]
    marked = failure_labels(test, moments, _moment(last, fleet), fleet, units=_units(test, fleet, options))
    return Recording.of(fleet, marked=marked)


def _counts(path: Path, options: Options) -> bool:
    try:
        return _level(samples(path, path.name)) >= options.stopped_below
    except IngestError:
        return False


def _level(found: NDArray[np.float64]) -> float:
    return float(np.abs(found).mean(axis=0).max())


def _moment(name: str, fleet: FleetConfig) -> datetime:
    """Read the instant in a snapshot's name."""
    text = PurePosixPath(name.removesuffix(FAILURE)).name.removesuffix(".gz")
    try:
        local = datetime.strptime(text, "%Y.%m.%d.%H.%M.%S").replace(tzinfo=ZoneInfo(fleet.source.time_zone))
    except ValueError as error:
        raise IngestError(f"the name {name} tells no instant", expected="a name such as 2003.10.22.12.06.24") from error
    return local.astimezone(UTC)


def _test(name: str) -> int:
    test = test_in(PurePosixPath(name).parts[:-1])
    if test is None:
        raise IngestError(f"the folder of {name} doesn't say which test it is of", expected="1st_test, test_5")
    return test


def _units(test: int, fleet: FleetConfig, options: Options) -> list[str]:
    """Name the units of a test: one, or its bearings in their order."""
    units = dict.fromkeys(options.place(test, bearing + 1, "C1")[0] for bearing in range(options.bearings))
    return [fleet.source.unit.aliases.get(unit, unit) for unit in units]


def _channels(found: NDArray[np.float64], name: str, test: int, options: Options) -> dict[str, NDArray[np.float64]]:
    """Give the channels that all units have, each (n_units, n_samples)."""
    width = found.shape[1]
    per = options.channels.get(test, max(1, width // options.bearings))
    if width != per * options.bearings:
        raise IngestError(
            f"{name} has another number of columns than test {test} has channels",
            found=width,
            expected=f"{per * options.bearings}: {per} for each of {options.bearings} bearings",
            remedy="copy the file again, or mend source.options.channels or bearings",
        )
    columns: dict[str, list[int]] = {}
    for column in range(width):
        channel = options.place(test, column // per + 1, f"C{column % per + 1}")[1]
        columns.setdefault(channel, []).append(column)
    return {channel: found[:, mine].T for channel, mine in columns.items()}


def _stopped(units: pl.DataFrame, level: float, name: str) -> pl.DataFrame:
    told = (pl.lit(None, pl.String).alias("sensor"), pl.lit("rig_stopped").alias("rule"))
    found = pl.lit(f"{round(level, 6)} at most in any channel").alias("found")
    return dated(units.with_columns(*told, found), units, name)
