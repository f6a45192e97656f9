"""Files that name the channels to blame for each anomaly of a server, ``start-stop:1,4,7``; see smd.py."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ..errors import IngestError
from .files import content, decoded

_LINE = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*:\s*(\d+(?:\s*,\s*\d+)*)\s*")


@dataclass(frozen=True)
class Cause:
    """What was to blame for one anomaly.

    Attributes
    ----------
    start, stop : rows [start, stop) of the test part, from 0.
    columns : the channels, ``m00`` and so on.
    """

    start: int
    stop: int
    columns: tuple[str, ...]


def causes_of(path: Path, marked: pl.Series, width: int) -> list[Cause]:
    """Read an interpretation file.

    Parameters
    ----------
    path : the file.
    marked : Boolean (n_rows,), the labels of the test part's rows. Where they mark most of the rows that lines end
        with, these rows belong to the anomalies.
    width : number of channels.

    Raises
    ------
    IngestError
        If a line isn't ``start-stop:channels``, or names rows or channels that the test part doesn't have.
    """
    lines = decoded(content(path)).splitlines()
    causes = [_cause(path.name, place, line) for place, line in enumerate(lines, 1) if line.strip()]
    for cause in causes:
        _check(path.name, cause, marked.len(), width)
    ends = marked.gather([cause.stop for cause in causes if cause.stop < marked.len()])
    closed = int(2 * ends.sum() > ends.len())
    return [replace(cause, stop=min(cause.stop + closed, marked.len())) for cause in causes]


def _cause(name: str, place: int, line: str) -> Cause:
    told = _LINE.fullmatch(line)
    if told is None:
        raise IngestError(
            f"line {place} of {name} can't be read", found=repr(line[:100]), expected="start-stop:channel,channel"
        )
    channels = (int(channel) for channel in told[3].split(","))
    return Cause(int(told[1]), int(told[2]), tuple(f"m{channel - 1:02d}" for channel in channels))


def _check(name: str, cause: Cause, rows: int, width: int) -> None:
    inside = cause.start <= cause.stop <= rows
    unknown = [column for column in cause.columns if column not in {f"m{i:02d}" for i in range(width)}]
    if not inside or unknown:
        raise IngestError(
            f"{name} doesn't fit its test part",
            found=f"rows {cause.start} to {cause.stop}" if not inside else f"channel {int(unknown[0][1:]) + 1}",
            expected=f"rows 0 to {rows}" if not inside else f"channels 1 to {width}",
            remedy="copy both files again; they belong together",
        )
