"""All sensors of few rows at once: laid one after the other as if each were a unit, so that kernels are called once.

What a kernel costs to be called, not what it computes, is most of what the windows of a request cost. Kernels keep
units apart and sensors have the same features, so that the bits are those of one sensor after the other.
"""

import numpy as np

from ..config import FleetConfig
from ..contracts import quality_column
from .columns import Columns
from .grid import Grid
from .windows import fill_sensor

FEW_READINGS = 2**16
"""So many readings of all sensors are worth laying out anew; with more, calls cost nothing any more."""


def fill_alike(grid: Grid, fleet: FleetConfig, columns: Columns) -> None:
    """Write every feature of every sensor that there is a column for, as `fill_sensor` does of one after the other."""
    sensors = fleet.feature_sensors
    first, count = sensors[0], len(sensors)
    laid = {first: np.concatenate([grid.columns[sensor] for sensor in sensors])}
    if quality_column(first) in grid.columns:
        laid[quality_column(first)] = np.concatenate([grid.columns[quality_column(sensor)] for sensor in sensors])
    every = Grid(laid, np.tile(grid.position, count), np.tile(grid.fresh, count), np.tile(grid.wanted, count))
    tails = [name.removeprefix(first) for name in columns.names if name.startswith(f"{first}__")]
    filled = Columns([first + tail for tail in tails], every.windows)
    fill_sensor(every, fleet, first, every.reading(first), filled)
    for tail in tails:
        values = filled.plain(first + tail).reshape(count, grid.windows)
        for sensor, own in zip(sensors, values, strict=True):
            columns.write(sensor + tail, 0, own)
