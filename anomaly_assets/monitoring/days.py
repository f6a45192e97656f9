"""Rows by UTC day, one column at a time, so that a month of windows is never copied as a whole."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .distribution import Array


@dataclass(frozen=True, eq=False)
class DayGroups:
    """Which rows belong to which day.

    Attributes
    ----------
    days : the n_days days, in order.
    order : shape (n_rows,), the rows sorted by day.
    ends : shape (n_days - 1,), where each day but the last ends in that order.
    """

    days: list[date]
    order: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, times: pl.Series) -> "DayGroups":
        """Group moments by UTC day, whatever their order."""
        days = times.dt.date()
        counts = days.rename("day").value_counts(sort=False, name="rows").sort("day")
        ends = np.cumsum(counts["rows"].to_numpy().astype(np.int64))[:-1]
        return cls(counts["day"].to_list(), days.arg_sort().to_numpy().astype(np.int64), ends)

    def split(self, values: Array) -> list[Array]:
        """Give the values, shape (n_rows,), of every day."""
        return np.split(values[self.order], self.ends) if self.days else []
