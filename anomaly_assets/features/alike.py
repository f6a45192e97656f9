"""All sensors of few rows at once: laid one after the other as if each were a unit, so that kernels are called once.

What a kernel costs to be called, not what it computes, is most of what the windows of a request cost. Kernels keep
units apart and sensors have the same features, so that the bits are those of one sensor after the other.
"""

import numpy as np

from ..contracts import quality_column
from .columns import Columns
from .grid import Grid
from .recipe import Recipe
from .windows import fill_sensor

FEW_READINGS = 2**16
"""So many readings of all sensors are worth laying out anew; with more, calls cost nothing any more."""


def fill_alike(grid: Grid, recipe: Recipe, columns: Columns) -> None:
    """Write every feature of every sensor, the first columns, as `fill_sensor` does of one after the other."""
    sensors, first, count = recipe.sensors, recipe.sensors[0], len(recipe.sensors)
    laid = {first: np.concatenate([grid.columns[sensor] for sensor in sensors])}
    if quality_column(first) in grid.columns:
        laid[quality_column(first)] = np.concatenate([grid.columns[quality_column(sensor)] for sensor in sensors])
    every = Grid(laid, np.tile(grid.position, count), np.tile(grid.fresh, count), np.tile(grid.wanted, count))
    filled = Columns([first + tail for tail in recipe.tails], every.windows, together=True)
    fill_sensor(every, recipe.fleet, first, every.reading(first), filled)
    by_tail = filled.table().reshape(len(recipe.tails), count, grid.windows)
    columns.write_first(by_tail.swapaxes(0, 1).reshape(recipe.of_sensors, grid.windows))
