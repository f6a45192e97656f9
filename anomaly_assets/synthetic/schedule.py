"""When and where faults happen: a timetable of events per unit, drawn from the seed and independent of the length.

What a fault does to readings belongs in faults.py, to the vibration of a machine in machinery/.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from ..config import FaultConfig, FleetConfig
from .edge_cases import edge_case
from .layouts import fate, rig
from .signals import generator
from .timeline import Unit, of_one_condition, run_to_failure

_PERIOD, _TURN, _WITHDRAWN = 3, 4, 7
SUBTLE = "subtle"
SUBTLY = {False: "level_shift", True: "imbalance"}
"""What a subtle anomaly is, of readings and of machines."""


@dataclass(frozen=True)
class Event:
    """One fault of one unit over [start, end).

    Attributes
    ----------
    kind : what the labels call it.
    fault : name of the function that makes it.
    sensor : column that is hit; None where all are.
    magnitude : in scales of the sensor; of a machine, in multiples of its healthy noise.
    fails : whether it ends with a failure.
    grows : whether damage of a machine grows while it lasts.
    """

    kind: str
    fault: str
    sensor: int | None
    start: datetime
    end: datetime
    magnitude: float
    fails: bool
    grows: bool = True


def events_of(fleet: FleetConfig, unit: Unit, end: datetime, seed: int) -> list[Event]:
    """Events of a unit that start before ``end``, in time order; none after a failure that ends its recording."""
    if of_one_condition(fleet):
        whole = (unit.start, unit.start + unit.period)
        chosen = _chosen(fleet, unit, 0, seed)
        return [Event(fault.kind, fault.kind, None, *whole, fault.magnitude, False, grows=False) for fault in chosen]
    events: list[Event] = []
    period, start = 0, unit.start + unit.quiet
    while start < end:
        events += _of_period(fleet, unit, period, start, seed)
        period, start = period + 1, start + unit.period
    failures = [event.end for event in events if event.fails] if run_to_failure(fleet) else []
    return [event for event in events if event.start < min([end, *failures])]


def stops_at(fleet: FleetConfig, unit: Unit, end: datetime, known: datetime, seed: int) -> tuple[datetime, bool]:
    """When the recording of a unit stops, at ``end`` or before, and whether a failure is what stops it.

    Units of one rig run together, and the first failure stops all of them. Failures whose damage begins before
    ``known`` are looked at: a unit may be withdrawn long before it would fail.
    """
    if not run_to_failure(fleet):
        return end, False
    rigs = {number: rig(fleet, number) for number in range(fleet.simulation.units)}
    mates = [replace(unit, number=number) for number, other in rigs.items() if other == rigs[unit.number]]
    failures = [event.end for mate in mates for event in events_of(fleet, mate, known, seed) if event.fails]
    failure = min(failures, default=None)
    if failure is None:
        return end, False
    stop = withdrawn_at(fleet, unit, failure, seed)
    return min(end, stop), failure == min(end, stop)


def withdrawn_at(
    fleet: FleetConfig,
    unit: Unit,
    failure: datetime,
    seed: int,
    *,
    every: int = 5,
    life: tuple[float, float] = (0.6, 0.97),
) -> datetime:
    """When a unit of a run-to-failure fleet stops: at its failure, every so many-th at a share of its life before.

    Where files say by themselves what becomes of a unit, they say its failure, and all are run to it.
    """
    if (unit.number + 1) % every or fate(fleet, unit.number) is not None:
        return failure
    share = float(generator(seed, _WITHDRAWN, unit.number).uniform(*life))
    return _on_grid(fleet, unit, unit.start + share * (failure - unit.start))


def _of_period(fleet: FleetConfig, unit: Unit, period: int, start: datetime, seed: int) -> list[Event]:
    """Place a period's faults one after the other, in random order with random pauses."""
    random = generator(seed, _PERIOD, rig(fleet, unit.number), period)
    faults = _chosen(fleet, unit, period, seed)
    order = random.permutation(len(faults))
    lengths = [faults[index].duration * random.uniform(0.7, 1.0) for index in order]
    free = unit.period - sum(lengths, timedelta())
    pauses = [free * float(share) for share in random.dirichlet(np.ones(len(faults) + 1))]
    events = []
    for index, length, pause in zip(order, lengths, pauses, strict=False):
        first = _on_grid(fleet, unit, start + pause)
        last = first + max(1, round(length / fleet.sampling)) * fleet.sampling
        events.append(_event(fleet, faults[index], first, last, random))
        start += pause + length
    return events


def _event(
    fleet: FleetConfig, fault: FaultConfig, start: datetime, end: datetime, random: np.random.Generator
) -> Event:
    columns = [place for place, name in enumerate(fleet.sensors) if name in fleet.feature_sensors]
    sensor, machine = int(random.choice(columns)), fleet.waveforms is not None
    name = SUBTLY[machine] if fault.kind == SUBTLE else fault.kind
    fails = name == "degradation" or (machine and run_to_failure(fleet))
    whole = machine or name == "degradation"
    return Event(fault.kind, name, None if whole else sensor, start, end, fault.magnitude, fails)


def _chosen(
    fleet: FleetConfig, unit: Unit, period: int, seed: int, *, magnitude: float = 1.5, share: float = 0.15
) -> list[FaultConfig]:
    """Faults whose turn it is: kind j strikes every (1/share)-th unit, the kinds taking turns.

    A subtle unit gets only one small fault, of ``magnitude`` over a ``share`` of the period. Where files say by
    themselves what becomes of a unit, it is that.
    """
    told = fate(fleet, unit.number)
    if told is not None:
        return [fault for fault in fleet.simulation.faults if fault.kind in told]
    case = edge_case(fleet, unit)
    if case == SUBTLE:
        return [FaultConfig(kind=SUBTLE, magnitude=magnitude, duration=share * unit.period)]
    if case is not None:
        return []
    turn = unit.number + int(generator(seed, _TURN, period).integers(1_000))
    return [fault for place, fault in enumerate(fleet.simulation.faults) if _strikes(turn + place, fault.share)]


def most_faults_at_once(fleet: FleetConfig, turns: int = 1_000) -> timedelta:
    """Longest time that the faults of one unit take in one period."""
    faults = tuple(enumerate(fleet.simulation.faults))
    if fate(fleet, 0) is not None:
        return max((fault.duration for _, fault in faults), default=timedelta())
    sums = ([fault.duration for place, fault in faults if _strikes(turn + place, fault.share)] for turn in range(turns))
    return max(sum(lengths, timedelta()) for lengths in sums)


def _strikes(turn: int, share: float) -> bool:
    return int((turn + 1) * share + 1e-9) > int(turn * share + 1e-9)


def _on_grid(fleet: FleetConfig, unit: Unit, moment: datetime) -> datetime:
    return unit.start + (moment - unit.start) // fleet.sampling * fleet.sampling
