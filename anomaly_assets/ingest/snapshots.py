"""Recordings that lie in thousands of small text files, a snapshot of every channel each: cells, and the end of a life.

A test or a bearing that is run to failure ends with its last snapshot. While files arrive nobody knows which that is,
so that the failure is told by a file of its own, which isn't there: it is called after the last snapshot, with
``.failure`` behind it, and is a new one whenever a later snapshot arrives. What a name says is for the readers.
"""

import io
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig, parse_duration
from ..errors import IngestError
from .files import content, decoded, matching

FAILURE = ".failure"
_DELIMITERS = ("\t", ";", ",")
_UTC = pl.Datetime("us", "UTC")


def is_failure(name: str) -> bool:
    """Whether a name is that of a failure and not of a file."""
    return name.endswith(FAILURE)


def snapshot_of(path: Path) -> tuple[Path, ...]:
    """Name the snapshot that a failure is called after: it is told again when that changes."""
    return (path.with_suffix(""),) if is_failure(path.name) else ()


def failures(names: Iterable[str], life: Callable[[str], str | None]) -> tuple[str, ...]:
    """Name the failure at the end of every life.

    Parameters
    ----------
    names : paths of the snapshots there are; those of a life follow each other by their file's name.
    life : tells whose life a snapshot is of; None where that life doesn't end with a failure.
    """
    last: dict[str, str] = {}
    for name in sorted(names, key=_file_name):
        if (told := life(name)) is not None:
            last[told] = name
    return tuple(sorted(f"{name}{FAILURE}" for name in last.values()))


def siblings(path: Path, name: str, fleet: FleetConfig) -> tuple[Path, tuple[str, ...]]:
    """Give the folder of the source that a failure is told in, and its files by name, the earliest first."""
    root = path.parents[len(PurePosixPath(name).parts) - 1]
    return root, tuple(sorted(matching(root, fleet.source.include, fleet.source.exclude), key=_file_name))


def last_days(unit: str, moments: list[datetime], failed: datetime, fleet: FleetConfig, note: str) -> pl.DataFrame:
    """Give the interval before a failure, as one row: ``labels.failure_horizon`` long, never before the first moment.

    Parameters
    ----------
    moments : of every snapshot of the life; the interval ends one usual step of them after ``failed`` (of a
        single one, the fleet's sampling step).
    failed : the moment of the last snapshot that counts.
    """
    horizon = fleet.labels.failure_horizon
    early = parse_duration(horizon) if horizon else timedelta(0)
    step = pl.Series(sorted(moments), dtype=_UTC).diff().median() or fleet.sampling
    told = {"start": max(min(moments), failed - early), "end": failed + step, "failure_at": failed}  # type: ignore[operator]
    named = pl.DataFrame({"unit_id": [unit], "note": [note]})
    return named.with_columns(pl.lit(moment).cast(_UTC).alias(name) for name, moment in told.items())


def samples(path: Path, name: str) -> NDArray[np.float64]:
    """Read a text file of numbers without a header, cells between tabs, semicolons or commas.

    Returns
    -------
    (n_samples, n_columns)

    Raises
    ------
    IngestError
        If the file can't be opened or is empty, a line has more or fewer cells than the first, or a cell is no number.
    """
    text = decoded(content(path)).strip()
    first = text.partition("\n")[0].strip()
    delimiter = next((mark for mark in _DELIMITERS if mark in first), "\t")
    width, comma = len(first.split(delimiter)), delimiter == ";" and "," in first
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            separator=delimiter,
            schema={f"column_{place}": pl.Float64 for place in range(width)},
            decimal_comma=comma,
        )
    except pl.exceptions.PolarsError:
        return _line_by_line(text.replace(",", ".") if comma else text, delimiter, width, name)
    found = frame.to_numpy()
    plain = np.isfinite(found).all()
    return found if plain else _line_by_line(text.replace(",", ".") if comma else text, delimiter, width, name)


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


def _line_by_line(text: str, delimiter: str, width: int, name: str) -> NDArray[np.float64]:
    """Read what a CSV library refuses, such as cells between blanks; blank lines are none."""
    rows = []
    for line, said in enumerate(text.splitlines(), start=1):
        if not said.strip():
            continue
        try:
            cells = [float(cell) for cell in said.strip().split(delimiter)]
        except ValueError:
            cells = []
        if len(cells) != width or not np.isfinite(cells).all():
            raise IngestError(
                f"{name} can't be read in line {line}",
                found=repr(said[:80]),
                expected=f"{width} numbers",
                remedy="copy the file again; it may be damaged",
            )
        rows.append(cells)
    return np.array(rows, dtype=np.float64)
