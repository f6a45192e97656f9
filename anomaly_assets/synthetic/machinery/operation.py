"""How a machine is used: speed, load and phase of its cycle at every window, and how loud it is while healthy.

What is wrong with it is in condition.py.
"""

from dataclasses import dataclass

import numpy as np

from ...config import FleetConfig, MachineConfig, PhaseConfig, WaveformConfig
from ...errors import SimulationError
from ..signals import Values, first_order, generator
from ..timeline import DAY, Times, Unit

_MACHINE, _CYCLE = 8, 9
PHASE = "phase"


@dataclass(frozen=True)
class Operation:
    """A machine's use over time, each of shape (n_windows,).

    Attributes
    ----------
    speed : of the shaft, in revolutions per minute.
    load : factor on noise and on what damage excites.
    phase : number of the phase, from 0.
    gain : how loud the machine is, 1 for an ordinary one.
    """

    speed: Values
    load: Values
    phase: Values
    gain: Values


def operation(
    fleet: FleetConfig,
    unit: Unit,
    grid: tuple[Times, list[int]],
    seed: int,
    *,
    noise_gain: float = 1.0,
    level: Values | float = 0.0,
    wander: float = 0.03,
) -> Operation:
    """Draw a unit's use; every day of it from generators of its own, so that a longer one starts with the shorter one.

    Parameters
    ----------
    noise_gain : factor on the loudness of a unit, 1 for an ordinary one.
    level : of the whole fleet, in standard deviations of loudness from unit to unit; shape (n_windows,).
    wander : standard deviation of the logarithm of a unit's slow changes.
    """
    times, blocks = grid
    own = generator(seed, _MACHINE, unit.number).standard_normal()
    starts = np.cumsum([0, *blocks[:-1]])
    ordinals = times[starts].astype("datetime64[D]").astype(np.int64).tolist()
    days = [
        _day(fleet, size, generator(seed, _CYCLE, unit.number, ordinal))
        for ordinal, size in zip(ordinals, blocks, strict=True)
    ]
    phase, speed, load, noise = (np.concatenate(parts) for parts in zip(*days, strict=True))
    return Operation(speed, load, phase, noise_gain * louder(own + level) * np.exp(wander * first_order(noise)))


def louder(level: Values | float, spread: float = 0.1) -> Values:
    """Loudness at a level, in standard deviations from unit to unit; ``spread`` is that of its logarithm."""
    return np.asarray(np.exp(spread * np.asarray(level)))


def slow_channels(fleet: FleetConfig, drawn: Operation) -> dict[str, Values]:
    """Settings that are recorded beside the signals: the phase, and the speed where a channel tells it.

    Speeds are displayed in whole revolutions per minute.
    """
    known = {PHASE: drawn.phase, "load": drawn.load}
    if fleet.waveforms is not None and isinstance(fleet.waveforms.speed, str):
        known[fleet.waveforms.speed] = np.round(drawn.speed)
    columns = {name: sensor.column or name for name, sensor in fleet.sensors.items()}
    return {name: known[column] for name, column in columns.items() if column in known}


def machine_of(fleet: FleetConfig) -> MachineConfig:
    """Give the machine behind a fleet's signals.

    Raises
    ------
    SimulationError
        If the fleet has no ``waveforms`` or no ``simulation.machine``.
    """
    return built(fleet)[1]


def built(fleet: FleetConfig) -> tuple[WaveformConfig, MachineConfig]:
    """Give a fleet's signals and the machine behind them; raises as `machine_of` does."""
    if fleet.waveforms is None or fleet.simulation.machine is None:
        raise SimulationError(
            f"fleet {fleet.fleet} has no machine whose signals could be simulated",
            remedy="say waveforms, and simulation.machine with its channels",
        )
    return fleet.waveforms, fleet.simulation.machine


def phases_of(fleet: FleetConfig) -> tuple[PhaseConfig, ...]:
    """Phases of a machine's cycle; a single one at the fleet's speed where none is named, none where that varies."""
    machine = machine_of(fleet)
    speed = fleet.waveforms.speed if fleet.waveforms else None
    steady = PhaseConfig(share=1, speed=speed) if isinstance(speed, float | int) else None
    return tuple(machine.phases.values()) or ((steady,) if steady else ())


def _day(
    fleet: FleetConfig, size: int, random: np.random.Generator, ramp: float = 0.01
) -> tuple[Values, Values, Values, Values]:
    """Phase, speed, load and white noise of one recorded day; speed and load pass from phase to phase in a ramp.

    The borders of phases vary from day to day; ``ramp`` is half a passage, as a share of the recording.
    """
    machine, phases = machine_of(fleet), phases_of(fleet)
    shares = np.array([phase.share for phase in phases]) * np.exp(0.15 * random.standard_normal(len(phases)))
    borders = np.cumsum(shares)[:-1] / shares.sum()
    place = np.arange(size) * (fleet.sampling / (fleet.simulation.recording or DAY))
    knots = np.sort(np.concatenate([borders - ramp, borders + ramp]))
    speed, load = (
        np.interp(place, knots, np.repeat(levels, 2)[1:-1]) if len(phases) > 1 else np.full(size, levels[0])
        for levels in ([phase.speed for phase in phases], [phase.load for phase in phases])
    )
    wobble, white = random.standard_normal((2, size))
    number = np.searchsorted(borders, place, side="right").astype(np.float64)
    return number, speed * (1 + machine.wobble * wobble), load, white
