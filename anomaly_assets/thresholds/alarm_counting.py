"""How many alarms every possible threshold would raise: exact, for all thresholds at once."""

from datetime import timedelta

import numpy as np
import polars as pl

from .calibration import Calibration

_DAY = 86_400_000_000


def count_alarms(calibration: Calibration, merge_gap: timedelta) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds, ascending, and the number of alarms from each up to the next (its own value included).

    Anomalous windows of one unit belong to one alarm while no more than ``merge_gap`` lies between the end of one and
    the start of the next. A window with score s opens an alarm at threshold v if s > v and no window in the merge gap
    before it exceeds v, that is for m <= v < s with m the highest score in that gap. Counting these intervals
    gives every threshold's number at once. Below the first threshold there is none to tell.

    An alarm that stays on counts again every UTC day: somebody has to look at it again, and a threshold under which
    a unit alarms for weeks keeps no budget.
    """
    frame = pl.DataFrame(
        {
            "unit": calibration.unit_id,
            "day": calibration.window_start.dt.epoch("us") // _DAY,
            "start": calibration.window_start.dt.epoch("us") % _DAY,
            "length": (calibration.window_end - calibration.window_start).dt.total_microseconds(),
            "score": calibration.scores,
        }
    ).sort("unit", "day", "start")
    score = frame["score"].to_numpy()
    before = _highest_before(frame, score, merge_gap // timedelta(microseconds=1))
    opens = before < score
    thresholds, place = np.unique(np.concatenate([before[opens], score[opens]]), return_inverse=True)
    change = np.repeat([1, -1], opens.sum())
    return thresholds, np.cumsum(np.bincount(place, weights=change, minlength=thresholds.size)).astype(np.int64)


def _highest_before(frame: pl.DataFrame, score: np.ndarray, gap: int) -> np.ndarray:
    """Highest score of the unit's windows that end that day, at most ``gap`` before the window starts; -inf without."""
    unit_day = frame.select(pl.struct("unit", "day").rle_id()).to_series().to_numpy().astype(np.int64)
    start = frame["start"].to_numpy()
    end = start + frame["length"].to_numpy()
    apart = int(end.max()) + gap + 1  # so far that unit-days never meet on one time line
    first = np.searchsorted(unit_day * apart + end, unit_day * apart + start - gap)
    return _range_maximum(score, first, np.arange(score.size))


def _range_maximum(values: np.ndarray, first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """max(values[first:end]) for many ranges, by maxima over powers of two; -inf for an empty range."""
    length = end - first
    level = np.frexp(np.maximum(length, 1))[1] - 1
    highest = np.full(values.size, -np.inf)
    table = values
    for power in range(int(level.max(initial=0)) + 1):
        here = np.flatnonzero((level == power) & (length > 0))
        highest[here] = np.maximum(table[first[here]], table[end[here] - 2**power])
        table = np.maximum(table[: -(2**power)], table[2**power :]) if table.size > 2**power else table
    return highest
