"""A synthetic fleet with known truth: healthy signals, then faults, then absences, unit by unit.

Writing files belongs in writing.py; faults in a fleet's own readings in injection.py.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from ..config import FleetConfig
from .checking import check_request, check_simulation
from .edge_cases import absences, edge_case, noise_gain
from .faults import fault
from .labelling import EVENT, SOURCE, TIME, event_rows, labels_from
from .layouts import unit_id
from .schedule import Event, events_of, withdrawn_at
from .signals import Values, character, generator, healthy
from .timeline import DAY, Times, Unit, at_midnight, grid, run_to_failure, units_of

_DAMAGE, _WEAR = 5, 6
_FACTS = pl.Schema(
    dict.fromkeys(("system_id", "source", "operational_mode", "season", "edge_case"), pl.String)
    | dict.fromkeys(("first_reading", "last_reading", "failure_at"), TIME)
)


@dataclass(frozen=True)
class Simulated:
    """A synthetic recording and its truth.

    Attributes
    ----------
    readings : unit_id, time (UTC) and one column per sensor; null where there was no reading.
    labels : what is wrong, as the labels contract wants it (cut at midnight UTC).
    units : one row per unit: system_id, source, operational_mode, season, edge_case, first_reading, last_reading and,
        in a run-to-failure fleet, failure_at (whether or not the recording reaches it).
    clean : the same rows as ``readings`` as they would have been without faults.
    events : what is wrong, one row per event, not cut.
    """

    readings: pl.DataFrame
    labels: pl.DataFrame
    units: pl.DataFrame
    clean: pl.DataFrame = field(repr=False)
    events: pl.DataFrame = field(repr=False)


def simulate(
    fleet: FleetConfig,
    first_day: date,
    days: int,
    seed: int,
    *,
    drift_from: date | None = None,
    drift_scales: float = 3.0,
) -> Simulated:
    """Simulate ``days`` days of a fleet from ``first_day`` on (UTC).

    The same arguments give the same frames. A longer simulation starts with the shorter one: readings of a day depend
    on the seed, the first day and the day, not on how many days follow.

    Parameters
    ----------
    drift_from : from this day on the level of the whole fleet is another one; this is no fault and has no label.
    drift_scales : by how many normal standard deviations it is.

    Raises
    ------
    SimulationError
        If the fleet's ``simulation`` can't be made, or ``days`` is less than one.
    """
    check_simulation(fleet)
    check_request(days)
    end = at_midnight(first_day) + days * DAY
    parts = [_simulate_unit(fleet, unit, end, seed) for unit in units_of(fleet, first_day, days)]
    events = pl.DataFrame([row for part in parts for row in part.events], schema=EVENT)
    readings, clean = (
        _displayed(
            pl.concat(frames).sort("unit_id", "time"), fleet, character(fleet, seed).scale, drift_from, drift_scales
        )
        for frames in ([part.readings for part in parts], [part.clean for part in parts])
    )
    units = pl.DataFrame([part.facts for part in parts], schema=_FACTS).sort("system_id")
    return Simulated(readings, labels_from(events), units, clean, events.sort("unit_id", "start", "sensor"))


@dataclass(frozen=True)
class _Part:
    readings: pl.DataFrame
    clean: pl.DataFrame
    events: list[dict[str, object]]
    facts: dict[str, object]


def _simulate_unit(fleet: FleetConfig, unit: Unit, end: datetime, seed: int) -> _Part:
    case, instants = edge_case(fleet, unit), grid(fleet, unit, end)
    times, clean = instants[0], healthy(fleet, unit, instants, seed, noise_gain=noise_gain(case))
    events = events_of(fleet, unit, _aware(times[-1]), seed)
    failure = next((event.end for event in events if event.fails and run_to_failure(fleet)), None)
    stop = min(end, withdrawn_at(fleet, unit, failure, seed)) if failure else end
    faulty = clean
    for number, event in enumerate(events):
        faulty = _struck(fleet, faulty, times, event, _randomness(seed, unit, number, event))
    there = _present(fleet, unit, case, times, stop)
    name = unit_id(fleet, unit, failed=stop == failure)
    readings, truth = (_frame(fleet, name, times[there], values[there]) for values in (faulty, clean))
    facts = _facts(fleet, unit, case, readings) | {
        "system_id": name,
        "failure_at": failure and failure - fleet.sampling,
    }
    return _Part(readings, truth, event_rows(fleet, name, events, stop), facts)


def _randomness(seed: int, unit: Unit, number: int, event: Event) -> np.random.Generator:
    """A fault's own generator; wear has one for the fleet, because all its units wear out in the same direction."""
    return generator(seed, _WEAR) if event.fails else generator(seed, _DAMAGE, unit.number, number)


def _struck(fleet: FleetConfig, values: Values, times: Times, event: Event, random: np.random.Generator) -> Values:
    start, end = np.searchsorted(times, [_naive(event.start), _naive(event.end)])
    if start == end:
        return values
    scale = character(fleet, 0).scale * [sensor in fleet.feature_sensors for sensor in fleet.sensors]
    changed = values.copy()
    changed[start:end] = fault(event.fault)(values[start:end], event.sensor or 0, scale, event.magnitude, random)
    return changed


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


def _displayed(
    frame: pl.DataFrame, fleet: FleetConfig, scale: Values, drift_from: date | None, drift_scales: float
) -> pl.DataFrame:
    """Move the fleet's level from a day on, hold readings to the measuring range, round them as a display would."""
    moved = pl.lit(0.0) if drift_from is None else (pl.col("time") >= at_midnight(drift_from)).cast(pl.Float64)
    columns = []
    for width, (name, sensor) in zip(scale.tolist(), fleet.sensors.items(), strict=True):
        value = pl.col(name) + moved * (drift_scales * width * (sensor.role == "sensor"))
        value = value.clip(*sensor.range) if sensor.range else value
        columns.append(value.round(decimals(width)) + 0.0)
    return frame.with_columns(columns)


def decimals(scale: float) -> int:
    """Digits behind the point that a display of a sensor of that scale would show: a hundredth of its scale."""
    return max(0, int(np.ceil(-np.log10(scale))) + 2) if scale > 0 else 2


def _aware(moment: np.datetime64) -> datetime:
    return moment.astype("datetime64[us]").item().replace(tzinfo=UTC)


def _naive(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "us")
