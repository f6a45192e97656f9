"""Readings of one sensor as a matrix, one row per unit and one column per step; the only place that reads frames."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from ..config import format_duration
from ..errors import ForecastError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Panel:
    """Readings on a grid of instants.

    Attributes
    ----------
    units : names, in order.
    first : number of the first column's step, counted from 1970; step n is the instant n x step.
    step : time between two columns, in microseconds.
    values : float64 (n_units, n_steps), NaN where silent.
    severity : float64 of the same shape, NaN where unknown; None where nobody told it.
    """

    units: tuple[str, ...]
    first: int
    step: int
    values: np.ndarray
    severity: np.ndarray | None = None

    @classmethod
    def of(cls, readings: pl.DataFrame, step: int) -> "Panel":
        """Lay readings out; NaN and infinite values count as silent.

        Raises
        ------
        ForecastError
            If a column is missing, there is no reading, an instant is off the grid or comes twice for a unit.
        """
        _require(readings)
        stamps = readings["time"].dt.epoch("us").to_numpy()
        if (stamps % step).any():
            raise ForecastError(
                "readings lie off the forecast's grid",
                found=f"{readings['time'][int(np.flatnonzero(stamps % step)[0])]}",
                expected=f"multiples of {format_duration(timedelta(microseconds=step))} since midnight UTC",
                remedy="take cleaned readings, or set forecast.step to a multiple of the sampling",
            )
        units = tuple(sorted(map(str, readings["unit_id"].unique())))
        rows = readings["unit_id"].cast(pl.String).cast(pl.Enum(units)).to_physical().to_numpy().astype(np.int64)
        columns = stamps // step
        first = int(columns.min())
        shape = (len(units), int(columns.max()) - first + 1)
        _once(readings, rows, columns - first, shape)
        values = _matrix(readings["value"], rows, columns - first, shape)
        values[~np.isfinite(values)] = np.nan
        told = "severity" in readings.columns
        severity = _matrix(readings["severity"], rows, columns - first, shape) if told else None
        return cls(units, first, step, values, severity)

    @property
    def steps(self) -> int:
        """Number of instants."""
        return int(self.values.shape[1])

    def instant(self, column: int) -> datetime:
        """Say when a column is; columns before and after the panel count on."""
        return EPOCH + (self.first + column) * self.step * MICROSECOND

    def column(self, when: datetime) -> int:
        """Find the last column at or before an instant."""
        return int((when - EPOCH) // MICROSECOND // self.step) - self.first

    def reaching(self, before: int, until: int) -> "Panel":
        """Cut or widen to the columns ``before`` ... ``until`` (not included); what was not read is NaN."""
        values = np.full((len(self.units), until - before), np.nan)
        low, high = max(before, 0), min(until, self.steps)
        if high > low:
            values[:, low - before : high - before] = self.values[:, low:high]
        return replace(self, first=self.first + before, values=values, severity=None)

    def of_units(self, rows: list[int]) -> "Panel":
        """Keep some units."""
        severity = None if self.severity is None else self.severity[rows]
        kept = tuple(self.units[row] for row in rows)
        return replace(self, units=kept, values=self.values[rows], severity=severity)


def stamps(panel: Panel, columns: np.ndarray) -> pl.Series:
    """Tell instants of columns as a column of a frame."""
    return pl.Series("time", (columns + panel.first) * panel.step).cast(pl.Datetime("us", "UTC"))


def _matrix(column: pl.Series, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    matrix = np.full(shape, np.nan)
    matrix[rows, columns] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return matrix


def _require(readings: pl.DataFrame) -> None:
    absent = [name for name in ("unit_id", "time", "value") if name not in readings.columns]
    if absent or not len(readings):
        raise ForecastError(
            "there is nothing to forecast from",
            found=f"no column {', '.join(absent)}" if absent else "no rows",
            expected="readings with unit_id, time and value",
            remedy="materialise cleaned_sensors for the days before the origin",
        )
    if readings.schema["time"] != pl.Datetime("us", "UTC"):
        raise ForecastError(
            "times of readings can't be read",
            found=readings.schema["time"],
            expected="Datetime('us', 'UTC')",
            remedy="cast the column time",
        )


def _once(readings: pl.DataFrame, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> None:
    seen = np.zeros(shape, bool)
    seen[rows, columns] = True
    if np.count_nonzero(seen) < len(rows):
        twice = readings.filter(readings.select("unit_id", "time").is_duplicated())
        raise ForecastError(
            "a unit has two readings of one instant",
            found=f"{twice['unit_id'][0]} at {twice['time'][0]}",
            expected="one reading per unit and instant",
            remedy="take cleaned readings, or remove duplicates",
        )
