"""High-rate signals, one ``.npz`` or ``.mat`` file a recording: arrays called by their channels, one row a window.

A signal is an array (n_samples,), cut into windows by the fleet's ``waveforms``, or (n_windows, n_samples), cut
already; a row that is longer than a window is told by the mean over its windows. A slow channel, such as the shaft's
speed or the phase of a flight, is an array (n_windows,), or one number that holds for the whole file; a sensor names it
by its column. ``start`` is the instant of the first window: ISO text, or seconds since 1970. Without it, the recording
begins at the epoch. Window k is placed k steps after the start.

An array (n_samples,) shorter than a window is a slow channel, and so is every one-dimensional array beside signals
that are cut already. The labels of such recordings are a file beside them (``source.options.labels``), as for tables.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import Duration, FleetConfig, Model, WaveformConfig
from ..errors import IngestError
from .arrays import SUFFIXES as KINDS
from .arrays import arrays, numbers
from .condensing import Condense, Signals, broken_windows, stated, windows
from .delimited import ROW
from .label_file import read_labels
from .recording import Recording, dated
from .units import unit_of_file

WAVEFORMS = True
START = "start"


class Options(Model):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    epoch : the day on which recordings without ``start`` begin (midnight UTC).
    step : time from one window to the next; the fleet's sampling step when not given.
    missing_sensors : whether a file without a configured channel is refused, or its sensors are empty.
    labels : path of a labels file relative to the folder.
    """

    epoch: date = date(2000, 1, 1)
    step: Duration | None = None
    missing_sensors: Literal["refuse", "empty"] = "refuse"
    labels: str | None = None


def takes(name: str, fleet: FleetConfig) -> bool:
    """Whether a file is a recording, by its suffix."""
    return PurePosixPath(name).suffix in KINDS


def beside(fleet: FleetConfig, names: Sequence[str]) -> tuple[str, ...]:
    """Name the labels file, which belongs to the source without holding readings."""
    labels = Options(**fleet.source.options).labels
    return () if labels is None else (labels,)


def check(fleet: FleetConfig) -> None:
    """Refuse a fleet that doesn't say how its signals are condensed.

    Raises
    ------
    ConfigError
        If ``waveforms`` is missing.
    """
    stated(fleet)


def read(path: Path, name: str, fleet: FleetConfig, condense: Condense | None = None) -> Recording:
    """Read one recording.

    Raises
    ------
    IngestError
        If the file can't be read, its channels don't fit each other, or a sensor's channel is missing.
    """
    options = Options(**fleet.source.options)
    if name == options.labels:
        return Recording.of(fleet, marked=read_labels(path, fleet))
    config = stated(fleet)
    found = arrays(path)
    start = _start(found.pop(START, None), name, fleet, options)
    signals, place = _signals(found, path, name, config)
    unit = unit_of_file(name, fleet.source.unit)
    passed = pl.int_range(pl.len(), dtype=pl.Int64) * ((options.step or fleet.sampling) // timedelta(microseconds=1))
    rows = signals.rows(fleet, config, name, condense, some=options.missing_sensors == "empty").with_columns(
        pl.lit(fleet.source.unit.aliases.get(unit, unit)).alias("unit_id"),
        (pl.int_range(pl.len(), dtype=pl.Int64) * place + 1).alias(ROW),
        (pl.lit(start).cast(pl.Datetime("us", "UTC")) + pl.duration(microseconds=passed)).alias("time"),
        pl.lit(name).alias("source_file"),
    )
    return Recording.of(fleet, rows, dated(broken_windows(rows), rows, name))


def _signals(found: Mapping[str, NDArray[Any]], path: Path, name: str, config: WaveformConfig) -> tuple[Signals, int]:
    """Tell signals from slow channels; the second value is how many samples (or rows) lie from one row to the next."""
    read = {channel: numbers(array, channel, path) for channel, array in found.items()}
    cut = {channel: array for channel, array in read.items() if array.ndim == 2}
    place = 1
    if not cut:
        place = config.hop or config.window
        long = {channel: array for channel, array in read.items() if array.size >= config.window}
        _require_equal({channel: array.size for channel, array in long.items()}, name, "samples")
        cut = {channel: windows(array, config.window, place) for channel, array in long.items()}
    if not cut:
        told = ", ".join(f"{channel} ({array.size},)" for channel, array in read.items())
        raise IngestError(
            f"{name} holds no whole window", found=told or "no array", expected=f"{config.window} samples or more"
        )
    slow = {channel: array for channel, array in read.items() if channel not in cut}
    count = len(next(iter(cut.values())))
    lengths = {channel: len(array) for channel, array in (cut | slow).items() if len(array) > 1 or channel in cut}
    _require_equal(lengths, name, "windows")
    return Signals(cut, {channel: np.broadcast_to(array, count) for channel, array in slow.items()}), place


def _require_equal(lengths: Mapping[str, int], name: str, what: str) -> None:
    if len(set(lengths.values())) > 1:
        raise IngestError(
            f"the channels of {name} don't fit each other",
            found=", ".join(f"{channel} has {length} {what}" for channel, length in lengths.items()),
            expected=f"as many {what} in each",
            remedy="copy the file again; it may be damaged",
        )


def _start(told: NDArray[Any] | None, name: str, fleet: FleetConfig, options: Options) -> datetime:
    """Give the instant of the first window; local times are of the source's time zone."""
    if told is None:
        return datetime(options.epoch.year, options.epoch.month, options.epoch.day, tzinfo=UTC)
    try:
        value = np.ravel(told)[0]
        if told.dtype.kind in "fiu":
            return datetime.fromtimestamp(float(value), UTC)
        moment = datetime.fromisoformat(str(value).strip())
    except (IndexError, ValueError, OverflowError, OSError) as error:
        raise IngestError(
            f"{name} has a {START} that can't be read",
            found=repr(told),
            expected="ISO text such as 2024-03-05T14:00:00, or seconds since 1970",
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(fleet.source.time_zone))).astimezone(UTC)
