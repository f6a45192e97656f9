"""A synthetic fleet with known truth: healthy signals, then faults, then absences, unit by unit.

Writing files belongs in writing.py; faults in a fleet's own readings in injection.py.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from ..config import FleetConfig
from .checking import check_request, check_simulation
from .labelling import EVENT, TIME, labels_from
from .machinery import louder
from .signals import Values, character
from .timeline import DAY, at_midnight, units_of
from .unit_recording import simulate_unit

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
    states : in a fleet with ``waveforms``, the state of its machines at every window, which their signals follow from;
        ``readings`` then hold what is recorded beside the signals, and the other sensors are null.
    """

    readings: pl.DataFrame
    labels: pl.DataFrame
    units: pl.DataFrame
    clean: pl.DataFrame = field(repr=False)
    events: pl.DataFrame = field(repr=False)
    states: pl.DataFrame = field(repr=False, default_factory=pl.DataFrame)

    @property
    def measured(self) -> int:
        """Number of readings: those there are, and where there are signals, one of every sensor from each window."""
        sensors = self.readings.drop("unit_id", "time")
        whole = self.readings.height * sensors.width
        return whole - (0 if self.states.height else sum(sensors.null_count().row(0)))


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
    parts = [simulate_unit(fleet, unit, first_day, end, seed) for unit in units_of(fleet, first_day, days)]
    events = pl.DataFrame([row for part in parts for row in part.events], schema=EVENT)
    readings, clean = (
        _displayed(
            pl.concat(frames).sort("unit_id", "time"), fleet, character(fleet, seed).scale, drift_from, drift_scales
        )
        for frames in ([part.readings for part in parts], [part.clean for part in parts])
    )
    states = _louder(pl.concat([part.states for part in parts]), drift_from, drift_scales)
    units = pl.DataFrame([part.facts for part in parts], schema=_FACTS).sort("system_id")
    return Simulated(readings, labels_from(events), units, clean, events.sort("unit_id", "start", "sensor"), states)


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


def _louder(states: pl.DataFrame, drift_from: date | None, drift_scales: float) -> pl.DataFrame:
    """Move the level of a fleet of machines from a day on, as `_displayed` does that of readings."""
    if drift_from is None or states.is_empty():
        return states
    moved = pl.col("time") >= at_midnight(drift_from)
    return states.with_columns(pl.col("gain") * pl.when(moved).then(float(louder(drift_scales))).otherwise(1.0))


def decimals(scale: float) -> int:
    """Digits behind the point that a display of a sensor of that scale would show: a hundredth of its scale."""
    return max(0, int(np.ceil(-np.log10(scale))) + 2) if scale > 0 else 2
