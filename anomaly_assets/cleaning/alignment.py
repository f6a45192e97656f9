"""Readings onto the sampling grid: one row per unit and step, the mean of what the sensors said during it.

Steps start at multiples of the sampling since the Unix epoch (days, when the sampling is longer than a day).
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ..config import FleetConfig
from ..contracts import QUALITY
from .batch import Batch, microseconds


def grid_step(fleet: FleetConfig) -> int:
    """Distance of grid instants in microseconds."""
    return microseconds(min(fleet.sampling, timedelta(days=1)))


@dataclass
class Grid:
    """Rows on the grid, sorted by unit and time; a row holds at least one reading, be it an impossible one taken out.

    Attributes
    ----------
    unit, time : codes and microseconds since the epoch, int64 (n_rows,).
    sensors : readings, float64 (n_sensors, n_rows), sensors in the fleet's order; NaN is "no reading".
    quality : quality bits, uint8 (n_sensors, n_rows).
    """

    unit: np.ndarray
    time: np.ndarray
    sensors: np.ndarray
    quality: np.ndarray

    def rows(self, chosen: np.ndarray) -> "Grid":
        """The chosen rows (indices)."""
        return Grid(
            self.unit[chosen], self.time[chosen], self.sensors.take(chosen, axis=1), self.quality.take(chosen, axis=1)
        )

    def telling(self) -> "Grid":
        """Leave out the rows that hold no reading and tell of none."""
        told = _telling(self.sensors, self.quality)
        return self if told.size == self.time.size else self.rows(told)


def align(batch: Batch) -> Grid:
    """Average each sensor's readings within a step; steps without any reading get no row."""
    step = grid_step(batch.fleet)
    said = Grid(batch.unit, batch.time, batch.sensors, batch.quality).telling()
    time, first = said.time // step * step, np.ones(said.time.size, dtype=bool)
    first[1:] = (time[1:] != time[:-1]) | (said.unit[1:] != said.unit[:-1])
    if first.all():
        return Grid(said.unit, time, said.sensors, said.quality)
    starts = np.flatnonzero(first)
    sensors = np.empty((len(said.sensors), starts.size))
    for place, values in enumerate(said.sensors):
        sensors[place] = _means(values, starts)
    return Grid(said.unit[starts], time[starts], sensors, np.bitwise_or.reduceat(said.quality, starts, axis=1))


def _telling(sensors: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Rows in which a sensor has a reading, or had an impossible one."""
    return np.flatnonzero((~np.isnan(sensors) | (quality & QUALITY["impossible"] > 0)).any(axis=0))


def _means(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of each segment of one sensor's readings, NaN where it has none; (n_segments,).

    Kept between the segment's smallest and largest reading: rounding must neither leave the valid range nor change a
    constant, and the sum of large readings may overflow.
    """
    said = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sums = np.add.reduceat(np.where(said, values, 0.0), starts)
        means = sums / np.add.reduceat(said.astype(np.int64), starts)
        return np.clip(means, np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts))
