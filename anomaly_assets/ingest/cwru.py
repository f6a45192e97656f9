"""CWRU bearing vibration: waveforms at 12 kHz, reduced to one row of condition indicators per window of samples.

``.npz`` files hold arrays ``DE`` (drive end), ``FE`` (fan end) and ``BA`` (base), ``.mat`` files of the bearing data
centre ``X097_DE_time`` and so on. A fleet's sensors are indicators of a channel: ``de_rms``, ``fe_kurtosis``; which
there are follows from the fleet's ``waveforms``. Files state no instants, and 1024 samples at 12 kHz are 85.33 ms,
which no grid of a day holds: window k is placed at epoch + k steps of 100 ms. The shaft's speed is the slow channel
``rpm``: the variable ``X097RPM`` of a ``.mat`` file, else what the name of the file or the folder begins with
(``1797_IR_7``, ``1797 RPM``), else there is none.

A file is healthy when its name says ``Normal``, else anomalous as a whole: the name tells the place and the size
(thousandths of an inch) of the fault, as ``IR_7``, ``B_21``, ``OR@6_14`` or ``OR014@6``. The numbers that the data
centre itself uses as names (``105.mat``) tell nothing; such a file is refused.

Source: W. A. Smith, R. B. Randall, "Rolling element bearing diagnostics using the Case Western Reserve University
data", Mechanical Systems and Signal Processing, 2015.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from ..config import Duration, FleetConfig, WaveformConfig
from ..errors import ConfigError, IngestError
from .arrays import arrays, numbers
from .condensing import Condense, Signals, broken_windows, windows
from .delimited import ROW
from .intervals import as_labels
from .recording import Recording, dated
from .steps import Steps
from .units import unit_of_file

SUFFIXES = (".npz", ".mat")
WAVEFORMS = True
RATE = 12_000.0
_CHANNEL = re.compile(r"(?:X\d+_)?(?P<channel>DE|FE|BA)(?:_time)?")
_RPM = re.compile(r"X\d+_?RPM")
_NAMED_RPM = re.compile(r"(?:^|/)(\d{3,5})(?:_| ?(?i:rpm))")
_FAULT = re.compile(r"(?<![A-Za-z])(?P<kind>IR|OR|B)(?P<place>@\d+)?_?0*(?P<size>[1-9]\d*)(?P<later>@\d+)?")
_KINDS = {"IR": "inner_race", "OR": "outer_race", "B": "ball"}


class Options(Steps):
    """What such a fleet's YAML may say under ``source.options``.

    Attributes
    ----------
    step : time from one window to the next.
    window, hop : samples per window and from start to start (1024 and a whole window when not given), for a fleet that
        says nothing of ``waveforms``.
    missing_sensors : whether a file without a configured channel is refused, or its sensors are empty.
    """

    step: Duration = timedelta(milliseconds=100)
    window: int | None = Field(default=None, ge=16)
    hop: int | None = Field(default=None, ge=1)
    missing_sensors: Literal["refuse", "empty"] = "refuse"


def check(fleet: FleetConfig) -> None:
    """Refuse a fleet that says twice how windows are cut.

    Raises
    ------
    ConfigError
        If ``waveforms`` stands beside ``source.options.window`` or ``hop``.
    """
    twice = sorted({"window", "hop"} & fleet.source.options.keys()) if fleet.waveforms else []
    if twice:
        raise ConfigError(
            f"{fleet.fleet}: windows are described twice",
            found=f"waveforms, and source.options.{twice[0]}",
            remedy=f"say {twice[0]} in waveforms alone",
        )


def read(path: Path, name: str, fleet: FleetConfig, condense: Condense | None = None) -> Recording:
    """Read one measurement.

    Raises
    ------
    IngestError
        If the file can't be read, has no waveform of one window or lacks a sensor; if its name tells no condition.
    """
    options = Options(**fleet.source.options)
    config = fleet.waveforms or WaveformConfig(rate=RATE, window=options.window or 1024, hop=options.hop)
    fault = _fault(path.name)
    unit = unit_of_file(name, fleet.source.unit)
    unit = fleet.source.unit.aliases.get(unit, unit)
    signals = _signals(path, name, config)
    rows = signals.rows(fleet, config, name, condense, some=options.missing_sensors == "empty").with_columns(
        pl.lit(unit).alias("unit_id"),
        (pl.int_range(pl.len(), dtype=pl.Int64) * (config.hop or config.window) + 1).alias(ROW),
        options.instants(pl.int_range(pl.len())).alias("time"),
        pl.lit(name).alias("source_file"),
    )
    labels = None
    if fault is not None:
        whole = options.intervals(unit, [(0, rows.height)]).with_columns(pl.lit(fault[1]).alias("note"))
        labels = as_labels(whole, failure_type=fault[0], source="cwru")
    return Recording.of(fleet, rows, dated(broken_windows(rows), rows, name), labels)


def _signals(path: Path, name: str, config: WaveformConfig) -> Signals:
    """Cut the channels of a file, as far as the shortest of them reaches; the shaft's speed goes with every window."""
    found = arrays(path)
    told = {given: match["channel"].lower() for given in found if (match := _CHANNEL.fullmatch(given))}
    if not told:
        raise IngestError(f"{path.name} has no waveform", found=", ".join(found), expected="DE, FE or BA")
    waves = {channel: numbers(found[given], given, path).ravel() for given, channel in told.items()}
    length = min(wave.size for wave in waves.values())
    if length < config.window:
        raise IngestError(
            f"{name} holds no whole window", found=f"{length} samples", expected=f"{config.window} or more"
        )
    hop = config.hop or config.window
    cut = {channel: windows(wave[:length], config.window, hop) for channel, wave in waves.items()}
    rpm = _rpm(found, name)
    count = len(next(iter(cut.values())))
    return Signals(cut, {} if rpm is None else {"rpm": np.full(count, rpm)})


def _rpm(found: dict[str, NDArray[Any]], name: str) -> float | None:
    """Tell the shaft's speed as measured, else as the name says it; None where neither does."""
    measured = [float(np.ravel(array)[0]) for given, array in found.items() if _RPM.fullmatch(given) and array.size]
    named = [float(text) for text in _NAMED_RPM.findall(name)[-1:]]
    return next(iter([*measured, *named]), None)


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
