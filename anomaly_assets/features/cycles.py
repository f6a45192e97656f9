"""The calendar as cyclic encodings: sine and cosine of where an instant stands in its day, week or year (UTC)."""

import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .moments import FloatArray

_DAY = 86_400_000_000  # microseconds
_MONDAY = 4 * _DAY  # 1970-01-05, the first Monday


def hour_of_day(time: NDArray[np.int64]) -> FloatArray:
    """Share of the day that has passed: 0 at midnight, 0.5 at noon."""
    return (time % _DAY) / _DAY


def day_of_week(time: NDArray[np.int64]) -> FloatArray:
    """Share of the week that has passed: 0 on Monday at midnight, running on through each day."""
    return ((time - _MONDAY) % (7 * _DAY)) / (7 * _DAY)


def day_of_year(time: NDArray[np.int64]) -> FloatArray:
    """Share of the calendar year that has passed, leap years being longer: 0 on 1 January at midnight."""
    year = time.view("datetime64[us]").astype("datetime64[Y]")
    begin, end = (edge.astype("datetime64[us]").astype(np.int64) for edge in (year, year + 1))
    return (time - begin) / (end - begin)


_CYCLES = {cycle.__name__: cycle for cycle in (hour_of_day, day_of_week, day_of_year)}


def fill_cycles(cycles: tuple[str, ...], position: NDArray[np.int64], step: int, columns: Columns) -> None:
    """Write the columns ``<cycle>_sin`` and ``<cycle>_cos``, worked out once per distinct instant.

    Parameters
    ----------
    cycles : names of the functions above.
    position : (windows,) grid positions of the windows' instants.
    step : microseconds from one position to the next.
    """
    if not cycles or not len(position):
        return
    from .kernels import spread

    instants, index, offset = _distinct(position)
    for cycle in cycles:
        angle = 2 * np.pi * _CYCLES[cycle](instants * step)
        spread(np.sin(angle), np.cos(angle), index, offset, columns[f"{cycle}_sin"], columns[f"{cycle}_cos"])


def _distinct(position: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Distinct positions (some may be unused), and index and offset: entry k stands at index[k] - offset among them."""
    low, high = int(position.min()), int(position.max())
    if high - low < len(position):
        return np.arange(low, high + 1), position, low  # a dense grid needs no sorting
    return *np.unique(position, return_inverse=True), 0
