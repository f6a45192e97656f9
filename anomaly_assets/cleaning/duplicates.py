"""One moment, said more than once: the last word stands, sensor by sensor; and rows whose time runs backwards.

The last word is that of the last file in alphabetical order, and of the last row in it. An earlier reading that
says the same is a duplicate (dropped), one that says otherwise a conflict (quarantined). Rows that fill each other
up, such as one file per sensor, lose nothing. Rows out of order are only counted: sorting has mended them.
"""

import numpy as np

from .batch import Batch


def remove_superseded(batch: Batch) -> int:
    """Drop readings that a later row of the same unit and moment repeats or contradicts; return the contradicted."""
    starts = np.flatnonzero(_first_of_moment(batch))
    if starts.size == batch.time.size:
        return 0
    moment = np.repeat(np.arange(starts.size), np.diff(np.append(starts, batch.time.size)))
    conflicting = np.zeros(batch.sensors.shape, dtype=bool)
    for values, rows in zip(batch.sensors, conflicting, strict=True):
        rows[:] = _keep_last(values, starts, moment)
    return batch.take_out(conflicting, "conflicting_duplicate")


def count_backwards(batch: Batch) -> int:
    """Count rows of the asked range whose time is earlier than that of the row before it in its file and unit."""
    rows = batch.frame["source_row"].to_numpy()
    files = batch.frame["source_file"].to_physical().to_numpy()
    by_time = np.lexsort((files, batch.unit)) if files.size and files.max() else np.arange(files.size)
    if _ascending(rows[by_time], files[by_time], batch.unit[by_time]).all():
        return 0
    as_written = np.lexsort((rows, files, batch.unit))
    forwards = _ascending(batch.time[as_written], files[as_written], batch.unit[as_written])
    return int((~forwards & batch.asked[as_written][1:]).sum())


def _first_of_moment(batch: Batch) -> np.ndarray:
    first = np.ones(batch.time.size, dtype=bool)
    first[1:] = (batch.time[1:] != batch.time[:-1]) | (batch.unit[1:] != batch.unit[:-1])
    return first


def _keep_last(values: np.ndarray, starts: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Empty what a sensor's readings, (n_rows,), say again later; tell which of them are contradicted, (n_rows,)."""
    said = ~np.isnan(values)
    last = np.maximum.reduceat(np.where(said, np.arange(values.size), -1), starts)[moment]
    superseded = said & (last != np.arange(values.size))
    conflicting = superseded & (values != values[last])
    values[superseded & ~conflicting] = np.nan
    return np.asarray(conflicting)


def _ascending(numbers: np.ndarray, files: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Whether each entry but the first is at least the one before it, or starts another file or unit."""
    return (np.diff(numbers) >= 0) | (np.diff(files.astype(np.int64)) != 0) | (np.diff(unit) != 0)
