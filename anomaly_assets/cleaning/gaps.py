"""Where a sensor is silent: the last reading carried forward for a bounded time, and the first one after it marked.

Carrying forward is bounded by time since the reading, not by the length the gap turns out to have: at that moment
nobody knows how long it will last, and a reading that comes later must not change what was said before it. So a
gap up to the limit is filled whole; a longer one is filled for the limit, stays empty after it, and the reading that
ends it carries the bit ``gap``. A sensor's first reading carries it too: silence went before.
"""

from datetime import timedelta

import numpy as np

from ..config import FleetConfig
from ..contracts import QUALITY
from .alignment import Grid
from .batch import microseconds


def mark_gaps(grid: Grid, fleet: FleetConfig) -> Grid:
    """Set the bit ``gap`` on each sensor's first reading after steps that stay empty."""
    step = microseconds(fleet.sampling)
    bridged = _steps_carried(fleet) * step + 3 * step // 2
    for sensor, values in grid.sensors.items():
        present = np.flatnonzero(~np.isnan(values))
        unit, time = grid.unit[present], grid.time[present]
        after = np.ones(present.size, dtype=bool)
        after[1:] = (np.diff(unit) != 0) | (np.diff(time) > bridged)
        grid.quality[sensor][present[after]] |= np.uint8(QUALITY["gap"])
    return grid


def carry_forward(grid: Grid, fleet: FleetConfig, end: int | np.ndarray) -> Grid:
    """Fill each sensor's silence with its last reading, for at most ``impute_up_to`` and before ``end``.

    Parameters
    ----------
    end : in microseconds since the epoch, for all units or (n_units,) for each.
    """
    carried = _steps_carried(fleet)
    if carried == 0 or grid.time.size == 0:
        return grid
    filled = _with_empty_rows(grid, microseconds(fleet.sampling), carried, end)
    for sensor in filled.sensors:
        _carry(filled, sensor, carried * microseconds(fleet.sampling))
    return filled.telling()


def _steps_carried(fleet: FleetConfig) -> int:
    return (fleet.cleaning.impute_up_to or timedelta(0)) // fleet.sampling


def _with_empty_rows(grid: Grid, step: int, carried: int, end: int | np.ndarray) -> Grid:
    """Add empty rows at the steps after each row, until the unit's next row, ``carried`` steps or ``end``."""
    until = np.full(grid.time.size, end if isinstance(end, int) else end[grid.unit])
    same_unit = np.diff(grid.unit) == 0
    until[:-1][same_unit] = grid.time[1:][same_unit]
    added = np.clip(-(-(until - grid.time) // step) - 1, 0, carried)
    origin = np.repeat(np.arange(grid.time.size), added + 1)
    steps_on = np.arange(origin.size) - np.flatnonzero(np.diff(origin, prepend=-1))[origin]
    wider = grid.rows(origin)
    wider.time = wider.time + steps_on * step
    for sensor in wider.sensors:
        wider.sensors[sensor][steps_on > 0] = np.nan
        wider.quality[sensor][steps_on > 0] = 0
    return wider


def _carry(grid: Grid, sensor: str, limit: int) -> None:
    values, rows = grid.sensors[sensor], np.arange(grid.time.size)
    present = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(present, rows, -1))
    filled = ~present & (last >= 0) & (grid.unit[last] == grid.unit) & (grid.time - grid.time[last] <= limit)
    values[filled] = values[last[filled]]
    grid.quality[sensor][filled] |= np.uint8(QUALITY["imputed"])
