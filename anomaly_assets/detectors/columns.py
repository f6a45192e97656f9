"""How a frame of features is read: which column belongs to which sensor, and its numbers in blocks of rows.

Names follow ``<sensor>__<statistic>_<window>``; calendar columns end in ``_sin`` and ``_cos``. No learning here.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from ..errors import DetectorError

BLOCK = 4096
"""Rows that are turned into numbers at a time, so that memory does not grow with the number of windows."""

LIMIT = 1e30
"""Largest magnitude a detector sees: its square and its float32 are still finite."""

_CALENDAR = re.compile(r"^(hour_of_day|day_of_week|day_of_year)_(sin|cos)$")


def sensor_of(column: str) -> str | None:
    """Name the sensor a feature column belongs to; None for a calendar column and for what is no feature."""
    return column.rpartition("__")[0] or None


def owned(columns: Sequence[str]) -> dict[str, list[int]]:
    """Positions of each sensor's columns, sensors in order of appearance; the calendar is nobody's and left out."""
    positions: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        if sensor := sensor_of(column):
            positions.setdefault(sensor, []).append(position)
    return positions


def selects(statistic: str, column: str) -> bool:
    """Tell whether ``raw``, ``mean`` (all windows), ``mean_1h`` (one window) or ``calendar`` takes a column in."""
    if statistic == "calendar":
        return _CALENDAR.match(column) is not None
    sensor, _, feature = column.rpartition("__")
    return bool(sensor) and (feature == statistic or feature.startswith(f"{statistic}_"))


def choose(X: pl.DataFrame, statistics: Sequence[str] | None) -> tuple[str, ...]:
    """Pick the columns to learn from, in the frame's order; every sensor's feature when no statistic is named.

    The calendar takes part only when it is named: a model that has seen one winter would find every summer strange.

    Raises
    ------
    DetectorError
        If nothing is left.
    """
    numeric = [name for name, dtype in X.schema.items() if dtype.is_numeric() or isinstance(dtype, pl.Array)]
    if statistics is None:
        chosen = [name for name in numeric if sensor_of(name)]
    else:
        chosen = [name for name in numeric if any(selects(statistic, name) for statistic in statistics)]
    if not chosen:
        raise DetectorError(
            "there is no feature to learn from",
            found=", ".join(X.columns) or "no columns",
            expected=f"statistics {', '.join(statistics)}" if statistics else "columns named <sensor>__<statistic>",
            remedy="name statistics that the fleet's features have, under the detector's params in its YAML",
        )
    return tuple(chosen)


def blocks(X: pl.DataFrame, columns: Sequence[str], *, steps: int = 1, clock: bool = False) -> Iterator[np.ndarray]:
    """Yield float64 arrays (n_rows <= BLOCK, n_columns * steps, and one more with ``clock``).

    Raises
    ------
    DetectorError
        If a column is missing, of another length, or holds a null, NaN or infinite value.
    """
    needed = [*columns, *(["window_start"] if clock else [])]
    missing = [name for name in needed if name not in X.columns]
    if missing:
        raise DetectorError(
            f"{len(missing)} feature columns are missing",
            found=", ".join(X.columns) or "no columns",
            expected=", ".join(missing),
            remedy="build the features with the fleet the detector was trained for, or train it again",
        )
    for start in range(0, X.height, BLOCK):
        rows = X.slice(start, BLOCK)
        numbers = _numbers(rows.select(columns)) if steps == 1 else _histories(rows.select(columns), steps)
        yield np.column_stack([_days(rows["window_start"]), numbers]) if clock else numbers


def _numbers(rows: pl.DataFrame) -> np.ndarray:
    matrix = np.asfortranarray(rows.select(pl.all().cast(pl.Float64, strict=False)).to_numpy())
    return _finite(matrix, rows.columns)


def _histories(rows: pl.DataFrame, steps: int) -> np.ndarray:
    wrong = [name for name, dtype in rows.schema.items() if not isinstance(dtype, pl.Array) or dtype.size != steps]
    if wrong:
        raise DetectorError(
            "features are no histories of the right length",
            found=f"{wrong[0]} is {rows.schema[wrong[0]]}",
            expected=f"arrays of {steps} numbers",
            remedy="ask through detectors.score_windows, which makes them",
        )
    arrays = [rows[name].cast(pl.Array(pl.Float64, steps)).to_numpy() for name in rows.columns]
    return _finite(np.concatenate(arrays, axis=1), [name for name in rows.columns for _ in range(steps)])


def _finite(matrix: np.ndarray, names: Sequence[str]) -> np.ndarray:
    if not np.isfinite(matrix).all():
        bad = [name for name, column in zip(names, matrix.T, strict=True) if not np.isfinite(column).all()]
        raise DetectorError(
            "features hold values that are null or not finite",
            found=", ".join(dict.fromkeys(bad)),
            expected="finite numbers, 0 where a feature is unknown",
            remedy="scale the features first; scaling puts 0 where a feature is missing",
        )
    return np.clip(matrix, -LIMIT, LIMIT)


def _days(moments: pl.Series) -> np.ndarray:
    return moments.cast(pl.Datetime("us")).to_physical().to_numpy() / 86_400e6
