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
    sensors : name to readings, float64 (n_rows,); NaN is "no reading".
    quality : name to quality bits, uint8 (n_rows,).
    """

    unit: np.ndarray
    time: np.ndarray
    sensors: dict[str, np.ndarray]
    quality: dict[str, np.ndarray]

    def rows(self, chosen: np.ndarray) -> "Grid":
        """The chosen rows (indices or mask)."""
        sensors = {name: values[chosen] for name, values in self.sensors.items()}
        quality = {name: bits[chosen] for name, bits in self.quality.items()}
        return Grid(self.unit[chosen], self.time[chosen], sensors, quality)

    def telling(self) -> "Grid":
        """Leave out the rows that hold no reading and tell of none."""
        return self.rows(_telling(self.sensors, self.quality))


def align(batch: Batch) -> Grid:
    """Average each sensor's readings within a step; steps without any reading get no row."""
    present = np.flatnonzero(_telling(batch.sensors, batch.quality))
    step = grid_step(batch.fleet)
    time, unit = batch.time[present] // step * step, batch.unit[present]
    first = np.ones(time.size, dtype=bool)
    first[1:] = (np.diff(time) != 0) | (np.diff(unit) != 0)
    starts = np.flatnonzero(first)
    sensors = {name: _means(values[present], starts) for name, values in batch.sensors.items()}
    quality = {name: _bits(bits[present], starts) for name, bits in batch.quality.items()}
    return Grid(unit[starts], time[starts], sensors, quality)


def _telling(sensors: dict[str, np.ndarray], quality: dict[str, np.ndarray]) -> np.ndarray:
    told = [~np.isnan(values) | (quality[name] & QUALITY["impossible"] > 0) for name, values in sensors.items()]
    return np.any(told, axis=0)


def _means(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of each segment's readings, NaN where it has none.

    Kept between the segment's smallest and largest reading: rounding must neither leave the valid range nor change a
    constant, and the sum of large readings may overflow.
    """
    if starts.size == values.size:
        return values
    said = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sums = np.add.reduceat(np.where(said, values, 0.0), starts)
        means = sums / np.add.reduceat(said.astype(np.int64), starts)
        return np.clip(means, np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts))


def _bits(bits: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return bits if starts.size == bits.size else np.bitwise_or.reduceat(bits, starts)
