"""When the units of a synthetic fleet live: names, first instants, grids, and the periods that faults recur in.

What a unit measures belongs in signals.py, what goes wrong in schedule.py.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from ..config import FleetConfig, parse_duration

DAY = timedelta(days=1)
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Unit:
    """One simulated unit, or one recording of it where every recording is a unit of its own.

    Attributes
    ----------
    name : what the unit is called in the raw files.
    number : its place in the fleet, from 0; every random choice about it comes from the seed and this number.
    start : its first instant.
    quiet : nothing goes wrong before ``start + quiet``.
    period : faults are drawn anew for every period after that.
    """

    name: str
    number: int
    start: datetime
    quiet: timedelta
    period: timedelta


def at_midnight(day: date) -> datetime:
    """First instant of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def recordings_are_units(fleet: FleetConfig) -> bool:
    """Whether every file is a unit of its own: a file's whole name is its unit, and a part of each day is recorded."""
    unit = fleet.source.unit
    return fleet.simulation.recording is not None and unit.by == "file" and unit.pattern is None


def of_one_condition(fleet: FleetConfig) -> bool:
    """Whether every file is a unit in one condition from its first sample to its last, which the file's name tells."""
    return fleet.source.format == "cwru"


def tells_only_failures(fleet: FleetConfig) -> bool:
    """Whether files tell of a failure by ending, so that nobody can know of one that hasn't come yet."""
    return fleet.source.format in {"femto", "ims"}


def run_to_failure(fleet: FleetConfig) -> bool:
    """Whether a unit's recording ends with its failure, instead of going on after a repair."""
    return fleet.labels.failure_horizon is not None


def failure_horizon(fleet: FleetConfig) -> timedelta:
    """Time before a failure that counts as anomalous; the whole degradation when nothing is said."""
    horizon = fleet.labels.failure_horizon
    return timedelta.max if horizon is None else parse_duration(horizon)


def unit_names(fleet: FleetConfig) -> tuple[str, ...]:
    """Names of the simulated units, from ``simulation.names`` or numbered from 01."""
    numbered = (f"unit_{number + 1:02d}" for number in range(fleet.simulation.units))
    return fleet.simulation.names or tuple(numbered)


def units_of(fleet: FleetConfig, first_day: date, days: int) -> list[Unit]:
    """Every unit of a simulation that lasts ``days`` from ``first_day``."""
    spec, names, start = fleet.simulation, unit_names(fleet), at_midnight(first_day)
    if of_one_condition(fleet):
        length = spec.recording or DAY
        return [Unit(name, number, start, timedelta(), length) for number, name in enumerate(names)]
    if not recordings_are_units(fleet):
        period = spec.days * DAY - spec.quiet
        return [Unit(name, number, start, spec.quiet, period) for number, name in enumerate(names)]
    period = (spec.recording or DAY) - spec.quiet
    return [
        Unit(f"{name}_{first_day + day * DAY:%Y-%m-%d}", day * len(names) + rig, start + day * DAY, spec.quiet, period)
        for day in range(days)
        for rig, name in enumerate(names)
    ]


def grid(fleet: FleetConfig, unit: Unit, end: datetime) -> tuple[Times, list[int]]:
    """Instants of a unit from its start to at least ``end``, always whole periods, and the readings per block.

    A block is a day (or one sampling step where that is longer). Whole periods, because a fault must be the same
    whether or not the recording is cut in the middle of it.
    """
    spec, block = fleet.simulation, max(DAY, fleet.sampling)
    if recordings_are_units(fleet):
        end = unit.start + unit.quiet + unit.period
    periods = max(1, -(-(end - unit.start - unit.quiet) // unit.period))
    blocks = -(-(unit.quiet + periods * unit.period) // block)
    per_block = max(1, min(spec.recording or block, block) // fleet.sampling)
    starts = np.datetime64(unit.start.replace(tzinfo=None), "us") + np.arange(blocks) * np.timedelta64(block)
    steps = np.arange(per_block) * np.timedelta64(fleet.sampling)
    return (starts[:, None] + steps[None, :]).reshape(-1), [per_block] * blocks
