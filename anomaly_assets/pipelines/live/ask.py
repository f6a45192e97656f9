"""What a face asks: some readings of one unit, and which of its windows it wants scored.

Many asks are laid out together, each as a unit of its own, so that none can see another's readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ...cleaning import Asked as Readings
from ...config import FleetConfig

MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(microseconds: int) -> datetime:
    """Give the instant so many microseconds after the epoch, UTC."""
    return _EPOCH + microseconds * MICROSECOND


@dataclass(frozen=True, eq=False)
class Ask:
    """Readings of one unit, as they came.

    Attributes
    ----------
    unit : the unit's name.
    times : microseconds since the epoch, UTC, int64 (n_readings,), in any order.
    readings : float64 (n_readings, n_sensors), sensors in the fleet's order; NaN where a sensor said nothing.
    since : all windows that start at or after this moment are wanted; the last one alone when not given. Readings must
        begin `Live.reach` before it.
    until : moment up to which everything is known, so that a silence before it is one; the end of the last reading's
        grid step when not given. The last window is the one that the moment before it lies in.
    """

    unit: str
    times: NDArray[np.int64]
    readings: NDArray[np.float64]
    since: int | None = None
    until: int | None = None


def end_of(ask: Ask, fleet: FleetConfig) -> int:
    """Moment up to which an ask tells everything, in microseconds since the epoch."""
    step = fleet.sampling // MICROSECOND
    if ask.until is not None:
        return ask.until
    return (int(ask.times.max()) // step + 1) * step if len(ask.times) else 0


def first_wanted(ask: Ask, fleet: FleetConfig) -> int:
    """Start of the first window that is wanted, in microseconds since the epoch."""
    stride = fleet.stride // MICROSECOND
    return (end_of(ask, fleet) - 1) // stride * stride if ask.since is None else ask.since


def lay_out(asks: Sequence[Ask], fleet: FleetConfig) -> Readings:
    """Lay the readings of several asks out as those of as many units; those after an ask's end are left out."""
    ends = np.array([end_of(ask, fleet) for ask in asks], dtype=np.int64)
    unit = np.repeat(np.arange(len(asks)), [len(ask.times) for ask in asks])
    time = np.concatenate([ask.times for ask in asks])
    sensors = np.concatenate([ask.readings for ask in asks])
    ascending = ((time[1:] >= time[:-1]) | (unit[1:] != unit[:-1])).all()
    if not ascending or (time >= ends[unit]).any():
        order = np.lexsort((time, unit))
        order = order[time[order] < ends[unit[order]]]
        unit, time, sensors = unit[order], time[order], sensors[order]
    return Readings(unit, time, sensors, ends)
