"""Windows of readings that came in a request: arrays in, one matrix of features out, by the same kernels as tables.

What is computed is told in build.py; here rows are only laid out, without a frame's cost for every request.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import FeatureError
from .build import filled, starts_of
from .grid import Grid
from .layout import last_of_strides, locate_rows
from .recipe import Recipe


@dataclass(frozen=True)
class Asked:
    """Windows that were asked for.

    Attributes
    ----------
    unit : codes of the units, (n_windows,).
    start : microseconds since the epoch at which each begins, (n_windows,); ascending within a unit.
    features : (n_windows, n_features) in the recipe's order, NaN where there is no value.
    """

    unit: NDArray[np.int64]
    start: NDArray[np.int64]
    features: NDArray[np.float64]


def build_asked(
    unit: NDArray[np.int64],
    time: NDArray[np.int64],
    cleaned: Mapping[str, NDArray[np.generic]],
    recipe: Recipe,
    since: NDArray[np.int64],
) -> Asked:
    """Make the windows that start at or after a moment of each unit's own.

    A window has the very bits that `features.build_features` gives it, provided that a unit's rows begin
    ``fleet.lookback`` before the first window asked for.

    Parameters
    ----------
    unit : codes 0 to n_units - 1 in ascending order, (n_rows,).
    time : microseconds since the epoch on the sampling grid, ascending within a unit, (n_rows,).
    cleaned : clean readings (NaN where there is none) and quality bits by column, (n_rows,) each.
    recipe : of a fleet whose features have been checked (`check_features`).
    since : microseconds since the epoch, (n_units,).

    Raises
    ------
    FeatureError
        If a time lies off the sampling grid, or a unit has two rows at one instant.
    """
    fleet, fresh = recipe.fleet, np.ones(len(unit), dtype=bool)
    fresh[1:] = unit[1:] != unit[:-1]
    position, ascending = locate_rows(time, fresh, fleet)
    if not ascending:
        raise FeatureError("a unit has two rows at one instant", remedy="clean the readings first")
    begun = starts_of(position, fleet)
    wanted = last_of_strides(fleet, position, fresh) & (begun >= since[unit])
    grid = Grid({name: cleaned[name] for name in recipe.read}, position, fresh, wanted)
    table = filled(grid, recipe).table()
    told = np.isfinite(table[: recipe.of_sensors]).any(axis=0)
    return Asked(unit[wanted][told], begun[wanted][told], table.T[told])
