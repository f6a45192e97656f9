"""What a statistic may ask about many windows; how it is gathered is kernels.py, what is made of it statistics/."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """The readings of many windows, summed up; every field has shape (windows,), one entry a window.

    Windows with fewer readings than their share hold NaN throughout, and NaN is what a statistic gives for
    "no value". All but ``count`` are in the sensor's unit or a power of it.

    Attributes
    ----------
    count : readings present.
    mean : arithmetic mean.
    m2, m3, m4 : central moments divided by ``count``, sum((x - mean)**k) / count. A window without variation
        beyond rounding, m2 <= (epsilon x mean)**2, has exactly 0 in all three.
    low, high : smallest and largest reading.
    last : the reading at the window's own instant; NaN when it is missing.
    """

    count: FloatArray
    mean: FloatArray
    m2: FloatArray
    m3: FloatArray
    m4: FloatArray
    low: FloatArray
    high: FloatArray
    last: FloatArray
