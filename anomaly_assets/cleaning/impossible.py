"""Readings that can't be true: not a finite number, or outside the sensor's physical range."""

import numpy as np

from ..contracts import QUALITY
from .batch import Batch


def remove_not_finite(batch: Batch) -> int:
    """Take out NaN and infinite readings (rule ``not_finite``); return how many."""
    return sum(batch.take_out(name, rows, "not_finite") for name, rows in batch.not_finite.items())


def remove_out_of_range(batch: Batch) -> int:
    """Take out readings beyond the sensor's ``range``, whose bounds are possible (rule ``out_of_range``).

    Their instants keep the bit ``impossible``: that a probe said so is worth an alarm, what it said is worth nothing.
    """
    removed = 0
    for name, sensor in batch.fleet.sensors.items():
        if sensor.range is not None:
            lowest, highest = sensor.range
            values = batch.sensors[name]
            with np.errstate(invalid="ignore"):
                beyond = (values < lowest) | (values > highest)
            batch.quality[name][beyond] |= np.uint8(QUALITY["impossible"])
            removed += batch.take_out(name, beyond, "out_of_range")
    return removed
