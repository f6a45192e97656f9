"""What is usual at each hour of the week, as far as training knows the hour; no score here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .location import NORMAL_MAD, robust_location

HOURS_OF_DAY, HOURS_OF_WEEK = 24, 168

_THURSDAY = 72
"""Hours from Monday to the weekday that 1970 began with."""


@dataclass(frozen=True)
class Seasons:
    """Middle and spread by hour of the week.

    Attributes
    ----------
    center, scale : (168, n_features); the second is positive.
    period : (168,) what each hour was learnt from: 168 itself on any weeks, 24 the same hour of any day, 1 all windows.
    """

    center: np.ndarray
    scale: np.ndarray
    period: NDArray[np.int64]


def hour_of_week(days: np.ndarray) -> NDArray[np.int64]:
    """Number the hour of the week, 0 from Monday midnight on, from days since 1970 (n_windows,), both UTC."""
    seconds = np.rint(days * 86_400).astype(np.int64)  # an hour is no exact fraction of a day
    return (seconds // 3600 + _THURSDAY) % HOURS_OF_WEEK


def learn_seasons(matrix: np.ndarray, days: np.ndarray, *, min_rows: int, min_days: int, floor: float) -> Seasons:
    """Take medians by hour of the week, by hour of the day where that hour is hardly known, else of everything.

    Parameters
    ----------
    matrix : (n_windows, n_features).
    days : (n_windows,) start of each window, days since 1970.
    min_rows, min_days : windows, and different dates with a window, from which on an hour is known. Dates, because the
        windows of one morning resemble each other and say little about mornings.
    floor : least spread of an hour, as a share of the spread over all hours.
    """
    hours, dates = hour_of_week(days), np.floor(days).astype(np.int64)
    groups = _known(hours, dates, min_rows, min_days)
    center = np.tile(np.median(matrix, axis=0), (HOURS_OF_WEEK, 1))
    for period, first, rows in groups:
        center[first::period] = np.median(matrix[rows], axis=0)
    apart = np.abs(matrix - center[hours])
    overall = robust_location(matrix - center[hours])[1]
    scale, learnt_from = np.tile(overall, (HOURS_OF_WEEK, 1)), np.ones(HOURS_OF_WEEK, dtype=np.int64)
    for period, first, rows in groups:
        scale[first::period] = np.maximum(NORMAL_MAD * np.median(apart[rows], axis=0), floor * overall)
        learnt_from[first::period] = period
    return Seasons(center, scale, learnt_from)


def _known(
    hours: NDArray[np.int64], dates: NDArray[np.int64], min_rows: int, min_days: int
) -> list[tuple[int, int, NDArray[np.intp]]]:
    """Period, hour and rows of every hour that is known well enough; the finer come last, so that they count."""
    groups = []
    for period in (HOURS_OF_DAY, HOURS_OF_WEEK):
        order = np.argsort(hours % period, kind="stable")
        edges = np.searchsorted((hours % period)[order], np.arange(period + 1))
        for first in range(period):
            rows = order[edges[first] : edges[first + 1]]
            if len(rows) >= min_rows and len(np.unique(dates[rows])) >= min_days:
                groups.append((period, first, rows))
    return groups
