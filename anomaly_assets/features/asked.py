"""Windows of readings that came in a request: arrays in, one matrix of features out, by the same kernels as tables.

What is computed is told in build.py; here rows are only laid out, without a frame's cost for every request.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import FleetConfig
from ..errors import FeatureError
from .build import filled, from_sensors, starts_of
from .grid import Grid
from .layout import last_of_strides, locate_rows, read_bits, read_sensors


@dataclass(frozen=True)
class Asked:
    """Windows that were asked for.

    Attributes
    ----------
    names : of the features.
    unit : codes of the units, (n_windows,).
    start : microseconds since the epoch at which each begins, (n_windows,); ascending within a unit.
    features : (n_windows, n_features), NaN where there is no value.
    """

    names: tuple[str, ...]
    unit: NDArray[np.int64]
    start: NDArray[np.int64]
    features: NDArray[np.float64]


def build_asked(
    unit: NDArray[np.int64],
    time: NDArray[np.int64],
    cleaned: Mapping[str, NDArray[np.generic]],
    fleet: FleetConfig,
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
    fleet : whose features have been checked (`check_features`).
    since : microseconds since the epoch, (n_units,).

    Raises
    ------
    FeatureError
        If a time lies off the sampling grid, or a unit has two rows at one instant.
    """
    fresh = np.ones(len(unit), dtype=bool)
    fresh[1:] = unit[1:] != unit[:-1]
    position, ascending = locate_rows(time, fresh, fleet)
    if not ascending:
        raise FeatureError("a unit has two rows at one instant", remedy="clean the readings first")
    begun = starts_of(position, fleet)
    wanted = last_of_strides(fleet, position, fresh) & (begun >= since[unit])
    grid = Grid({name: cleaned[name] for name in (*read_sensors(fleet), *read_bits(fleet))}, position, fresh, wanted)
    columns = filled(grid, fleet)
    matrix = np.column_stack([columns.plain(name) for name in columns.names])
    told = np.isfinite(matrix[:, : len(from_sensors(columns.names, fleet))]).any(axis=1)
    return Asked(columns.names, unit[wanted][told], begun[wanted][told], matrix[told])
