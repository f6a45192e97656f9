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
    from .kernels import mark_first

    step = microseconds(fleet.sampling)
    bridged = _steps_carried(fleet) * step + 3 * step // 2
    mark_first(grid.unit, grid.time, grid.sensors, grid.quality, bridged, np.uint8(QUALITY["gap"]))
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
    from .kernels import carry

    step = microseconds(fleet.sampling)
    filled = _with_empty_rows(grid, step, carried, end)
    bit = np.uint8(QUALITY["imputed"])
    carry(filled.unit, filled.time, filled.sensors, filled.quality, carried * step, bit)
    return filled.telling()


def _steps_carried(fleet: FleetConfig) -> int:
    return (fleet.cleaning.impute_up_to or timedelta(0)) // fleet.sampling


def _with_empty_rows(grid: Grid, step: int, carried: int, end: int | np.ndarray) -> Grid:
    """Add empty rows at the steps after each row, until the unit's next row, ``carried`` steps or ``end``."""
    until = np.full(grid.time.size, end if isinstance(end, int) else end[grid.unit])
    same_unit = grid.unit[1:] == grid.unit[:-1]
    until[:-1][same_unit] = grid.time[1:][same_unit]
    added = np.clip(-(-(until - grid.time) // step) - 1, 0, carried)
    if not added.any():
        return grid
    origin = np.repeat(np.arange(grid.time.size), added + 1)
    steps_on = np.arange(origin.size) - np.flatnonzero(np.diff(origin, prepend=-1))[origin]
    wider = grid.rows(origin)
    wider.time = wider.time + steps_on * step
    new = np.flatnonzero(steps_on)
    wider.sensors[:, new], wider.quality[:, new] = np.nan, 0
    return wider
