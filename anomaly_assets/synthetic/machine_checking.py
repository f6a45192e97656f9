"""Machines that can't be simulated, refused with a remedy; what else a simulation may get wrong is in checking.py."""

from datetime import timedelta

from ..config import FleetConfig, format_duration
from ..errors import SimulationError
from .layouts import fate, rig
from .machinery import machine_of, phases_of
from .machinery.faults import BEARING
from .timeline import failure_horizon, run_to_failure, tells_only_failures

SIGNALS: dict[str, tuple[str, ...]] = {
    "cwru": ("de", "fe", "ba"),
    "femto": ("h", "v"),
    "ims": ("c1", "c2"),
    "waveform": (),
}
"""Raw formats that hold signals, with the channels they know; any where none is named."""

UNDATED = ("cwru", "femto")
"""Formats that state no dates."""


def check_machine(fleet: FleetConfig) -> None:
    """Refuse signals of a machine that nobody described, or whose files would say something else than the truth.

    Raises
    ------
    SimulationError
        If a format of signals and ``waveforms`` don't go together, if ``simulation.machine`` lacks what its signals
        follow from, or if failures that the files tell by themselves are not those of ``simulation.faults``.
    """
    if (fleet.waveforms is None) != (fleet.source.format not in SIGNALS):
        raise SimulationError(
            f"fleet {fleet.fleet}: signals are simulated in the formats {', '.join(SIGNALS)}, and in no others",
            found=f"format {fleet.source.format} {'with' if fleet.waveforms else 'without'} waveforms",
            remedy="say waveforms, or choose another format" if fleet.waveforms is None else "choose one of them",
        )
    if fleet.waveforms is None:
        return
    _check_speed(fleet)
    _check_bearing(fleet)
    _check_channels(fleet)
    _check_epoch(fleet)
    if tells_only_failures(fleet):
        _check_horizon(fleet)
    if fate(fleet, 0) is not None:
        _check_fates(fleet)


def _check_speed(fleet: FleetConfig) -> None:
    machine = machine_of(fleet)
    if not phases_of(fleet):
        raise SimulationError(
            f"fleet {fleet.fleet}: nobody said how fast the simulated machine turns",
            remedy="name simulation.machine.phases with a speed each, or give waveforms.speed as a number",
        )
    if fleet.waveforms is not None and machine.resonance >= fleet.waveforms.rate / 2:
        raise SimulationError(
            f"fleet {fleet.fleet}: simulation.machine.resonance can't be seen in its signals",
            found=f"{machine.resonance:g} Hz at {fleet.waveforms.rate:g} samples a second",
            expected="less than half of that",
        )


def _check_bearing(fleet: FleetConfig) -> None:
    damaged = [fault.kind for fault in fleet.simulation.faults if fault.kind.startswith(BEARING)]
    if damaged and fleet.waveforms is not None and fleet.waveforms.bearing is None:
        raise SimulationError(
            f"fleet {fleet.fleet}: {damaged[0]} needs a bearing",
            found="no waveforms.bearing",
            remedy="say its geometry in waveforms.bearing, or take the fault out of simulation.faults",
        )


def _check_channels(fleet: FleetConfig) -> None:
    columns = [sensor.column or name for name, sensor in fleet.sensors.items() if sensor.role == "sensor"]
    channels = tuple(machine_of(fleet).channels)
    known = SIGNALS[fleet.source.format]
    if known and channels != known[: len(channels)]:
        raise SimulationError(
            f"fleet {fleet.fleet}: files of its format have other channels than simulation.machine",
            found=", ".join(channels),
            expected=f"{', '.join(known)}, in this order",
        )
    lost = [column for column in columns if not column.startswith(tuple(f"{channel}_" for channel in channels))]
    if lost:
        raise SimulationError(
            f"fleet {fleet.fleet}: no channel of simulation.machine is heard by {lost[0]}",
            found=", ".join(channels),
            remedy="name its channel in simulation.machine.channels",
        )


def _check_epoch(fleet: FleetConfig) -> None:
    if fleet.source.format in UNDATED and "epoch" not in fleet.source.options:
        raise SimulationError(
            f"fleet {fleet.fleet}: its files state no dates, so nobody knows when they were simulated",
            remedy="say source.options.epoch, the day on which they begin",
        )
    if fleet.source.format == "cwru" and fleet.simulation.recording is None:
        raise SimulationError(
            f"fleet {fleet.fleet}: nobody said how long a simulated measurement is",
            remedy="say simulation.recording, such as 10s",
        )


def _check_horizon(fleet: FleetConfig, shortest: float = 0.7) -> None:
    """Hold the horizon against damage at its shortest: files are labelled by the horizon alone."""
    least = min((fault.duration for fault in fleet.simulation.faults), default=timedelta())
    if not run_to_failure(fleet) or failure_horizon(fleet) > shortest * least:
        raise SimulationError(
            f"fleet {fleet.fleet}: labels.failure_horizon must lie within the damage before every failure",
            found=fleet.labels.failure_horizon or "none",
            expected=f"{format_duration(shortest * least)} at most" if least else "faults in simulation.faults",
            remedy="shorten the horizon, or lengthen the faults",
        )


def _check_fates(fleet: FleetConfig) -> None:
    """Hold what files tell by themselves against what is simulated; bearings of one rig fail together."""
    faults = {fault.kind: fault.duration for fault in fleet.simulation.faults}
    fates = {number: fate(fleet, number) or () for number in range(fleet.simulation.units)}
    unknown = sorted({kind for kinds in fates.values() for kind in kinds} - faults.keys())
    if unknown or not any(fates.values()):
        raise SimulationError(
            f"fleet {fleet.fleet}: its files say what becomes of its units, and simulation.faults says something else",
            found=", ".join(unknown) or "no unit that anything happens to",
            expected=f"some of {', '.join(faults) or 'the faults of a machine'}",
            remedy="call what the files say (source.options.failures, simulation.names) as simulation.faults does",
        )
    rigs: dict[int, set[timedelta]] = {}
    for number, kinds in fates.items():
        rigs.setdefault(rig(fleet, number), set()).update(faults[kind] for kind in kinds)
    if any(len(lengths) > 1 for lengths in rigs.values()):
        raise SimulationError(
            f"fleet {fleet.fleet}: bearings of one test fail together, and their faults have different durations",
            remedy="give faults that meet in one test the same duration",
        )
