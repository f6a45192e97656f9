"""What is typical of each unit, robustly; what is made of it is each detector's own."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def learn_typical(numbers: Floats, unit: NDArray[np.int64], units: int, min_rows: int) -> Floats:
    """Median of each unit, (n_units + 1, n_sensors): of all units last, and of those that training hardly knows.

    Parameters
    ----------
    numbers : (n_windows, n_sensors), none negative, NaN where missing.
    unit : (n_windows,) from 0.
    units : their number.
    min_rows : numbers from which on a unit stands for itself.

    Returns
    -------
    NaN where the median is 0 or nothing was heard.
    """
    typical = np.full((units + 1, numbers.shape[1]), np.nan)
    for place, column in enumerate(numbers.T):
        known = np.isfinite(column)
        if not known.any():
            continue
        typical[:, place] = np.median(column[known])
        order = np.argsort(unit[known], kind="stable")
        parts = np.split(column[known][order], np.searchsorted(unit[known][order], np.arange(1, units)))
        for number, part in enumerate(parts):
            if len(part) >= min_rows:
                typical[number, place] = np.median(part)
    return np.where(typical > 0, typical, np.nan)
