"""Labelled windows as ranges: runs of anomalous windows, and how far the windows around them are away.

Geometry for the range-based measures; no scores and no thresholds here.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class Ranges(NamedTuple):
    """Runs of anomalous windows of one unit, in order, and the normal windows within reach of them.

    Attributes
    ----------
    first : (n_ranges,) row where each run begins.
    apart : (n_ranges - 1,) windows from the end of a run to the beginning of the next, 1 when they touch; more than
        any buffer reaches when a unit ends in between.
    rows : (n_near,) normal windows that a buffer can reach.
    nearest, second : (n_near,) windows to the nearest and the second nearest run of the same unit.
    owner : (n_near,) the nearest run.
    """

    first: Counts
    apart: NDArray[np.float64]
    rows: Counts
    nearest: NDArray[np.float64]
    second: NDArray[np.float64]
    owner: Counts


def find_ranges(anomalous: NDArray[np.bool_], units: Counts, buffer: int) -> Ranges:
    """Find the runs, and the normal windows at most ``buffer // 2`` windows away from one.

    Parameters
    ----------
    anomalous : (n_windows,) in the order of time within a unit.
    units : (n_windows,) ascending numbers; a run or a buffer never crosses from one to the next.
    buffer : the widest buffer, in windows.
    """
    place = np.arange(anomalous.size) + units * (buffer + 1)
    joined = anomalous[1:] & anomalous[:-1] & (units[1:] == units[:-1])
    first = np.flatnonzero(anomalous & ~np.concatenate([[False], joined]))
    last = np.flatnonzero(anomalous & ~np.concatenate([joined, [False]]))
    rows = np.flatnonzero(~anomalous)
    ended = np.searchsorted(place[last], place[rows])
    before = np.concatenate([[-np.inf, -np.inf], place[last]])
    after = np.concatenate([place[first], [np.inf, np.inf]])
    left, right = place[rows] - before[ended + 1], after[ended] - place[rows]
    near = np.minimum(left, right) <= buffer // 2
    rows, ended, left, right = rows[near], ended[near], left[near], right[near]
    beyond = [place[rows] - before[ended], after[ended + 1] - place[rows]]
    distances = np.sort(np.stack([left, right, *beyond]), axis=0)
    apart = (place[first][1:] - place[last][:-1]).astype(np.float64)
    return Ranges(first, apart, rows, distances[0], distances[1], np.where(left <= right, ended - 1, ended))


def first_of_runs(values: Counts, anomalous: NDArray[np.bool_], ranges: Ranges) -> Counts:
    """Give the smallest value in each run: (n_ranges,)."""
    inside = np.cumsum(anomalous) - 1
    return np.minimum.reduceat(values[anomalous], inside[ranges.first])
