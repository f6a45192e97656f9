"""Rows of features as short histories: every window with the ones before it, for detectors that look at shapes.

What a detector does with a history is its own affair; which rows of the warehouse are read is the pipelines'.
"""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..errors import DetectorError

_KEYS = ("unit_id", "window_start", "window_end")
_MICROSECOND = timedelta(microseconds=1)


def history_index(windows: pl.DataFrame, steps: int) -> NDArray[np.int64]:
    """Find for every window the rows of its last ``steps`` grid steps, itself the last: (n_windows, steps).

    A step without a window repeats the one before it; steps before the first window in sight repeat that one. So a
    history depends on nothing but the windows of its unit within ``steps`` strides, and not on how frames are cut.

    Parameters
    ----------
    windows : unit_id, window_start, window_end; sorted by unit and time.
    steps : length of a history.

    Raises
    ------
    DetectorError
        If the windows are not sorted.
    """
    if windows.is_empty():
        return np.empty((0, steps), dtype=np.int64)
    stride = windows["window_end"][0] - windows["window_start"][0]
    position = windows["window_start"].to_physical().to_numpy() // (stride // _MICROSECOND)
    unit = windows["unit_id"].rle_id().to_numpy().astype(np.int64)
    place = unit * (int(position.max() - position.min()) + 2 * steps) + position - position.min()
    if (np.diff(place) <= 0).any():
        raise DetectorError("windows are not sorted by unit and time", remedy="sort by unit_id and window_start")
    oldest = np.searchsorted(place, place - (steps - 1), side="left")
    wanted = place[:, None] - np.arange(steps - 1, -1, -1)
    return np.maximum(np.searchsorted(place, wanted, side="right") - 1, oldest[:, None])


def histories(
    numbers: NDArray[np.float64], windows: pl.DataFrame, index: NDArray[np.int64], *, gaps: bool
) -> NDArray[np.float64]:
    """Lay out each window's history: (n_wanted, steps) and what further axes ``numbers`` has.

    Parameters
    ----------
    numbers : (n_windows, ...).
    windows : window_start and window_end.
    index : (n_wanted, steps) of `history_index`.
    gaps : whether a step without a window of its own is NaN, in place of the window that it repeats.
    """
    found: NDArray[np.float64] = numbers[index]
    if gaps and len(index):
        stride = windows["window_end"][0] - windows["window_start"][0]
        position = windows["window_start"].to_physical().to_numpy() // (stride // _MICROSECOND)
        meant = position[index[:, -1:]] - np.arange(index.shape[1] - 1, -1, -1)
        found[position[index] != meant] = np.nan
    return found


def sequences(
    windows: pl.DataFrame, columns: tuple[str, ...], index: NDArray[np.int64], *, gaps: bool = False
) -> pl.DataFrame:
    """Make the frame that a sequence detector reads: keys of the wanted windows, and an array column per feature.

    Parameters
    ----------
    windows : keys and scaled features.
    columns : features to be turned into arrays.
    index : (n_wanted, steps) rows of ``windows``, of `history_index`; the last of each is the window itself.
    gaps : as of `histories`.
    """
    keys = windows.select(name for name in _KEYS if name in windows.columns)[index[:, -1]]
    arrays = [pl.Series(name, histories(windows[name].to_numpy(), windows, index, gaps=gaps)) for name in columns]
    return keys.with_columns(arrays)
