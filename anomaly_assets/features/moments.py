"""What a statistic may ask about many windows; how it is gathered is kernels.py, what is made of it statistics/."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TwoMoments:
    """The readings of many windows, summed up; every field has shape (windows,), one entry a window.

    Windows with fewer readings than their share hold NaN throughout, and NaN is what a statistic gives for
    "no value". All but ``count`` are in the sensor's unit or a power of it.

    Attributes
    ----------
    count : readings present.
    mean : arithmetic mean.
    m2 : second central moment, sum((x - mean)**2) / count. A window without variation beyond rounding,
        m2 <= (epsilon x mean)**2, has exactly 0, and so have higher ones.
    last : the reading at the window's own instant; NaN when it is missing.
    """

    count: FloatArray
    mean: FloatArray
    m2: FloatArray
    last: FloatArray

    @cached_property
    def spread(self) -> FloatArray:
        """Standard deviation of a sample (ddof = 1), NaN for a single reading."""
        return np.sqrt(self.m2 * (self.count / (self.count - 1)))


@dataclass(frozen=True)
class Moments(TwoMoments):
    """All that is summed up; twice the cost of the first two moments.

    Attributes
    ----------
    m3, m4 : central moments divided by ``count``, sum((x - mean)**k) / count.
    low, high : smallest and largest reading.
    """

    m3: FloatArray
    m4: FloatArray
    low: FloatArray
    high: FloatArray
