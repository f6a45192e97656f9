"""Readings that can't be true: not a finite number, or outside the sensor's physical range."""

import numpy as np

from ..contracts import QUALITY
from .batch import Batch

_ANYTHING = (-np.inf, np.inf)


def remove_not_finite(batch: Batch) -> int:
    """Take out NaN and infinite readings (rule ``not_finite``); return how many."""
    return batch.take_out(batch.not_finite, "not_finite") if batch.not_finite.any() else 0


def remove_out_of_range(batch: Batch) -> int:
    """Take out readings beyond the sensor's ``range``, whose bounds are possible (rule ``out_of_range``).

    Their instants keep the bit ``impossible``: that a probe said so is worth an alarm, what it said is worth nothing.
    """
    ranges = [sensor.range or _ANYTHING for sensor in batch.fleet.sensors.values()]
    lowest, highest = np.array(ranges).T[:, :, None]
    beyond = (batch.sensors < lowest) | (batch.sensors > highest)
    if not beyond.any():
        return 0
    batch.quality[beyond] |= np.uint8(QUALITY["impossible"])
    return batch.take_out(beyond, "out_of_range")
