"""One unit's recording: a healthy signal, then its faults, then its absences.

What each of them is lives in signals.py, faults.py, machinery/, schedule.py and edge_cases.py; the fleet is joined in
simulate.py.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from .edge_cases import absences, edge_case, noise_gain
from .faults import fault
from .labelling import SOURCE, TIME, event_rows
from .layouts import unit_id
from .machinery import Operation, damage, machine_states, operation, slow_channels
from .moving import fleet_level
from .schedule import Event, events_of, stops_at
from .signals import Values, generator, healthy, sensor_scale
from .timeline import Times, Unit, grid, run_to_failure

_DAMAGE, _WEAR = 5, 6


@dataclass(frozen=True)
class Part:
    """One unit's recording: readings, what they would have been, event rows, facts about the unit.

    ``states`` are those of its machine, where its files hold signals; a frame without columns elsewhere.
    """

    readings: pl.DataFrame
    clean: pl.DataFrame
    events: list[dict[str, object]]
    facts: dict[str, object]
    states: pl.DataFrame


def simulate_unit(fleet: FleetConfig, unit: Unit, first_day: date, end: datetime, seed: int) -> Part:
    """Simulate one unit up to ``end``, or to its failure where that ends its recording.

    The fleet's drift counts from ``first_day`` and is there before anything goes wrong: a stuck sensor doesn't drift.
    """
    case, instants = edge_case(fleet, unit), grid(fleet, unit, end)
    times, known = instants[0], _aware(instants[0][-1])
    events, (stop, failed) = events_of(fleet, unit, known, seed), stops_at(fleet, unit, end, known, seed)
    there, name = _present(fleet, unit, case, times, stop), unit_id(fleet, unit, failed=failed)
    moved = fleet_level(fleet.simulation.drift, first_day, times)
    states = pl.DataFrame()
    if fleet.waveforms is None:
        clean = healthy(fleet, unit, instants, seed, noise_gain=noise_gain(case)) + moved[:, None] * _scales(fleet)
        faulty = _all_struck(fleet, unit, (times, clean), events, seed)
    else:
        use = operation(fleet, unit, instants, seed, noise_gain=noise_gain(case), level=moved)
        clean = faulty = _settings(fleet, use)
        states = machine_states(name, (unit.number, seed), times, use, damage(fleet, events, times)).filter(
            pl.Series(there)
        )
    readings, truth = (_frame(fleet, name, times[there], values[there]) for values in (faulty, clean))
    facts = _facts(fleet, unit, case, readings) | {"system_id": name, "failure_at": _failure(fleet, events)}
    return Part(readings, truth, event_rows(fleet, name, events, stop), facts, states)


def _failure(fleet: FleetConfig, events: list[Event]) -> datetime | None:
    """Give the last reading of a unit that is run to failure, whether or not the recording reaches it."""
    ends = [event.end - fleet.sampling for event in events if event.fails and run_to_failure(fleet)]
    return ends[0] if ends else None


def _settings(fleet: FleetConfig, use: Operation) -> Values:
    """What is recorded beside signals, shape (n_windows, n_sensors); what is told of the signals is NaN."""
    known, unknown = slow_channels(fleet, use), np.full(use.speed.size, np.nan)
    return np.column_stack([known.get(name, unknown) for name in fleet.sensors])


def _all_struck(
    fleet: FleetConfig, unit: Unit, recording: tuple[Times, Values], events: list[Event], seed: int
) -> Values:
    times, faulty = recording
    for number, event in enumerate(events):
        faulty = _struck(fleet, faulty, times, event, _randomness(seed, unit, number, event))
    return faulty


def _randomness(seed: int, unit: Unit, number: int, event: Event) -> np.random.Generator:
    """A fault's own generator; wear has one for the fleet, because all its units wear out in the same direction."""
    return generator(seed, _WEAR) if event.fails else generator(seed, _DAMAGE, unit.number, number)


def _struck(fleet: FleetConfig, values: Values, times: Times, event: Event, random: np.random.Generator) -> Values:
    start, end = np.searchsorted(times, [_naive(event.start), _naive(event.end)])
    if start == end:
        return values
    changed, struck = values.copy(), fault(event.fault)
    changed[start:end] = struck(values[start:end], event.sensor or 0, _scales(fleet), event.magnitude, random)
    return changed


def _scales(fleet: FleetConfig) -> Values:
    """Scale of every sensor, shape (n_sensors,); 0 for those that nothing happens to."""
    return np.array([scale * (name in fleet.feature_sensors) for name, scale in sensor_scale(fleet).items()])


def _present(fleet: FleetConfig, unit: Unit, case: str | None, times: Times, stop: datetime) -> np.ndarray:
    there = times < _naive(stop)
    for start, end in absences(fleet, unit, case):
        there &= ~((times >= _naive(start)) & (times < _naive(end)))
    return there


def _frame(fleet: FleetConfig, name: str, times: Times, values: Values) -> pl.DataFrame:
    columns = {sensor: values[:, place] for place, sensor in enumerate(fleet.sensors)}
    frame = pl.DataFrame({"time": times} | columns).with_columns(pl.col("time").dt.replace_time_zone("UTC").cast(TIME))
    return frame.select(pl.lit(name).alias("unit_id"), "time", pl.col(list(columns)).fill_nan(None))


def _facts(fleet: FleetConfig, unit: Unit, case: str | None, readings: pl.DataFrame) -> dict[str, object]:
    first, last = readings["time"].min(), readings["time"].max()
    season = ("winter", "spring", "summer", "autumn")[unit.start.month % 12 // 3]
    mode = f"mode_{unit.number % fleet.simulation.modes + 1}"
    told = {"source": SOURCE, "operational_mode": mode, "season": season, "edge_case": case}
    return told | {"first_reading": first, "last_reading": last}


def _aware(moment: np.datetime64) -> datetime:
    return moment.astype("datetime64[us]").item().replace(tzinfo=UTC)


def _naive(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "us")
