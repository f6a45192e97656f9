"""CWRU bearing vibration: waveforms at 12 kHz, reduced to one row of condition indicators per window of samples.

``.npz`` files hold arrays ``DE`` (drive end), ``FE`` (fan end) and ``BA`` (base), ``.mat`` files of the bearing data
centre ``X097_DE_time`` and so on. A fleet's sensors are indicators of a channel: ``de_rms``, ``de_peak``,
``de_crest``, ``de_kurtosis``, ``de_skewness``, ``de_std``, and the same of ``fe`` and ``ba``. Files state no instants,
and 1024 samples at 12 kHz are 85.33 ms, which no grid of a day holds: window k is placed at epoch + k steps of 100 ms.

A file is healthy when its name says ``Normal``, else anomalous as a whole: the name tells the place and the size
(thousandths of an inch) of the fault, as ``IR_7``, ``B_21``, ``OR@6_14`` or ``OR014@6``. The numbers that the data
centre itself uses as names (``105.mat``) tell nothing; such a file is refused.

Source: W. A. Smith, R. B. Randall, "Rolling element bearing diagnostics using the Case Western Reserve University
data", Mechanical Systems and Signal Processing, 2015.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from ..config import Duration, FleetConfig
from ..errors import IngestError
from .delimited import ROW
from .intervals import as_labels
from .recording import Recording, dated
from .steps import Steps
from .table import present
from .units import unit_of_file
from .waveforms import INDICATORS, indicators, waveforms

SUFFIXES = (".npz", ".mat")
_FAULT = re.compile(r"(?<![A-Za-z])(?P<kind>IR|OR|B)(?P<place>@\d+)?_?0*(?P<size>[1-9]\d*)(?P<later>@\d+)?")
_KINDS = {"IR": "inner_race", "OR": "outer_race", "B": "ball"}


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    step : time from one window to the next.
    window : samples per window.
    hop : samples from one window's start to the next one's; a whole window when not given.
    missing_sensors : whether a file without a configured channel is refused, or its sensors are empty.
    """

    step: Duration = timedelta(milliseconds=100)
    window: int = Field(default=1024, ge=4)
    hop: int | None = Field(default=None, ge=1)
    missing_sensors: Literal["refuse", "empty"] = "refuse"


def read(path: Path, name: str, fleet: FleetConfig) -> Recording:
    """Read one measurement.

    Raises
    ------
    IngestError
        If the file can't be read, has no waveform of one window or lacks a sensor; if its name tells no condition.
    """
    options = Options(**fleet.source.options)
    fault = _fault(path.name)
    unit = unit_of_file(name, fleet.source.unit)
    unit = fleet.source.unit.aliases.get(unit, unit)
    windows = _windows(waveforms(path), name, options)
    sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
    chosen = present(sensors, tuple(windows.columns), name, options.missing_sensors == "empty")
    rows = windows.with_columns(
        pl.lit(unit).alias("unit_id"),
        options.instants(pl.int_range(pl.len())).alias("time"),
        pl.lit(name).alias("source_file"),
        *(pl.col(chosen[sensor]).alias(sensor) if sensor in chosen else _empty(sensor) for sensor in sensors),
    )
    labels = None
    if fault is not None:
        whole = options.intervals(unit, [(0, rows.height)]).with_columns(pl.lit(fault[1]).alias("note"))
        labels = as_labels(whole, failure_type=fault[0], source="cwru")
    return Recording.of(fleet, rows, dated(_rejects(rows), rows, name), labels)


def _empty(sensor: str) -> pl.Expr:
    return pl.lit(None, pl.Float64).alias(sensor)


def _windows(waves: dict[str, np.ndarray], name: str, options: Options) -> pl.DataFrame:
    """Give the indicators of every window, the window's first sample (from 1) and how many are no numbers."""
    length = min(wave.size for wave in waves.values())
    if length < options.window:
        raise IngestError(
            f"{name} holds no whole window", found=f"{length} samples", expected=f"{options.window} or more"
        )
    hop = options.hop or options.window
    columns = {
        f"{channel}_{name}": values
        for channel, wave in waves.items()
        for name, values in zip(INDICATORS, indicators(wave[:length], options.window, hop), strict=True)
    }
    lost = sum(_lost(wave[:length], options.window, hop) for wave in waves.values())
    first = np.arange(0, length - options.window + 1, hop, dtype=np.int64) + 1
    return pl.DataFrame({ROW: first, "__broken": lost} | columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def _lost(wave: np.ndarray, window: int, hop: int) -> np.ndarray:
    return (~np.isfinite(np.lib.stride_tricks.sliding_window_view(wave, window)[::hop])).sum(axis=1)


def _rejects(rows: pl.DataFrame) -> pl.DataFrame:
    found = pl.format("{} samples are no numbers", "__broken").alias("found")
    kind = (pl.lit(None, pl.String).alias("sensor"), pl.lit("not_a_number").alias("rule"))
    return rows.filter(pl.col("__broken") > 0).select("unit_id", "time", *kind, found, ROW)


def _fault(name: str) -> tuple[str, str] | None:
    """Read kind and size of the fault out of a file's name, and the words it says that in; None for a healthy one."""
    if "normal" in name.lower():
        return None
    told = _FAULT.search(name)
    if told is None:
        raise IngestError(
            f"the name {name} doesn't say in which condition the bearing was",
            expected="Normal, or a fault and its size such as IR_7, B_21, OR@6_14",
            remedy="rename the file, or exclude it",
        )
    return f"{_KINDS[told['kind']]}_{told['size']}", told[0]
