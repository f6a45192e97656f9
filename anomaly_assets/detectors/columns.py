"""How a frame of features is read: which column belongs to which sensor, and its numbers in blocks of rows.

Names follow ``<sensor>__<statistic>_<window>``; calendar columns end in ``_sin`` and ``_cos``. No learning here.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
import polars as pl

from ..config import FEATURE_NAMES
from ..errors import DetectorError

BLOCK = 4096
"""Rows that a detector is given at a time."""

TAKEN = 2**18
"""Numbers that are taken out of a frame at a time, in whole blocks, so that memory does not grow with the windows."""

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
    if not sensor or not _named(statistic, feature):
        return False
    return not any(len(name) > len(statistic) and _named(name, feature) for name in FEATURE_NAMES)  # mean_abs_z_2h


def _named(statistic: str, feature: str) -> bool:
    return feature == statistic or feature.startswith(f"{statistic}_")


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


def blocks(
    X: pl.DataFrame,
    columns: Sequence[str],
    *,
    steps: int = 1,
    clock: bool = False,
    units: np.ndarray | None = None,
    missing: bool = False,
) -> Iterator[np.ndarray]:
    """Yield float64 arrays (n_rows <= BLOCK, n_columns * steps, and one more with ``units`` and with ``clock``).

    Parameters
    ----------
    X : windows.
    columns : of X, in the order wanted.
    steps : numbers in each column's entries.
    clock : whether a column for the time stands before all others.
    units : (n_units,) of `known_units`; a column for the place of each window's unit among them then
        stands first, -1 for one that is not.
    missing : whether a null or NaN is given out as NaN, for "no value".

    Raises
    ------
    DetectorError
        If a column is missing, of another length, or holds a null, NaN (unless ``missing``) or infinite value.
    """
    needed = [*columns, *(["window_start"] if clock else []), *(["unit_id"] if units is not None else [])]
    absent = [name for name in needed if name not in X.columns]
    if absent:
        raise DetectorError(
            f"{len(absent)} feature columns are missing",
            found=", ".join(X.columns) or "no columns",
            expected=", ".join(absent),
            remedy="build the features with the fleet the detector was trained for, or train it again",
        )
    runs = None if units is None else _runs(X["unit_id"], units)
    for start in range(0, X.height, taken := _taken_at_once(len(columns) * steps)):
        rows = X.slice(start, taken)
        parts = [] if runs is None else [_places(*runs, start, start + rows.height)]
        parts += [_days(rows["window_start"])] if clock else []
        first = len(parts)
        parts += [_taken(rows[name], steps) for name in columns]
        for cut in range(0, rows.height, BLOCK):
            block = _side_by_side([part[cut : cut + BLOCK] for part in parts])
            yield _bounded(block, first, [name for name in columns for _ in range(steps)], missing)


def _side_by_side(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join (n_rows,) and (n_rows, steps), columns contiguous."""
    wide = [part.reshape(len(part), -1) for part in parts]
    block, end = np.empty((len(wide[0]), sum(part.shape[1] for part in wide)), order="F"), 0
    for part in wide:
        block[:, end : end + part.shape[1]], end = part, end + part.shape[1]
    return block


def _taken_at_once(width: int) -> int:
    return BLOCK * max(1, TAKEN // (BLOCK * max(1, width)))


def known_units(units: pl.Series) -> np.ndarray:
    """Number units by their names alone, int64 (n_units,), ascending: the first 8 bytes of BLAKE2b, for arrays."""
    return np.unique(unit_codes(units)[0])


def unit_codes(units: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the units in the order in which they come, and for how many windows each."""
    named = units if units.dtype == pl.String else units.cast(pl.String)
    runs = (named.fill_null("") if named.null_count() else named).rle()
    names, lengths = runs.struct.field("value"), runs.struct.field("len").to_numpy()
    codes = {
        name: int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little", signed=True) for name in names
    }
    return np.array([codes[name] for name in names], dtype=np.int64), lengths


def _runs(names: pl.Series, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place of each unit in the order in which they come, float64, -1 for an unknown one; and where its rows end."""
    code, lengths = unit_codes(names)
    place = np.searchsorted(units, code)
    known = units[np.minimum(place, len(units) - 1)] == code
    return np.where(known, place, -1).astype(np.float64), np.cumsum(lengths, dtype=np.int64)


def _places(place: np.ndarray, ends: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Place of the unit of each row from ``start`` to before ``stop``."""
    first, last = np.searchsorted(ends, [start, stop - 1], side="right")
    if first == last:
        return np.full(stop - start, place[first])
    return np.repeat(place[first : last + 1], np.diff(np.clip(ends[first : last + 1], None, stop), prepend=start))


def _taken(column: pl.Series, steps: int) -> np.ndarray:
    """Numbers of a column, float64 (n_rows,), or (n_rows, steps) of histories; NaN for null."""
    if steps == 1:
        return column.cast(pl.Float64, strict=False).to_numpy()
    if not isinstance(column.dtype, pl.Array) or column.dtype.size != steps:
        raise DetectorError(
            "features are no histories of the right length",
            found=f"{column.name} is {column.dtype}",
            expected=f"arrays of {steps} numbers",
            remedy="ask through detectors.score_windows, which makes them",
        )
    return column.cast(pl.Array(pl.Float64, steps)).to_numpy()


def _bounded(block: np.ndarray, first: int, names: Sequence[str], missing: bool) -> np.ndarray:
    """Keep the numbers of columns from ``first`` on within LIMIT; refuse what is none."""
    least, most = (np.fmin, np.fmax) if missing else (np.minimum, np.maximum)
    numbers = block[:, first:]
    every = numbers.ravel(order="K")
    if least.reduce(every, initial=0.0) >= -LIMIT and most.reduce(every, initial=0.0) <= LIMIT:
        return block
    sound = ~np.isinf(numbers) if missing else np.isfinite(numbers)
    if not sound.all():
        bad = [name for name, column in zip(names, sound.T, strict=True) if not column.all()]
        raise DetectorError(
            "features hold values that are null or not finite",
            found=", ".join(dict.fromkeys(bad)),
            expected="finite numbers, 0 where a feature is unknown",
            remedy="scale the features first; scaling puts 0 where a feature is missing",
        )
    np.clip(numbers, -LIMIT, LIMIT, out=numbers)
    return block


def _days(moments: pl.Series) -> np.ndarray:
    known = moments if moments.dtype == pl.Datetime("us", "UTC") else moments.cast(pl.Datetime("us"))
    return known.to_physical().to_numpy() / 86_400e6
