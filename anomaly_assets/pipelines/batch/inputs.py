"""Input files, and their rows in bounded memory. Which files, is told in finding.py, what columns mean, in aligning.py.

Whether a file is Parquet or text is told by its first bytes, not by its name; text may be packed with gzip.
"""

import csv
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ...errors import ScoringError
from ...ingest.delimited import sniffed

ROW = "__row"
"""Number of a row in its file, from 0; blank lines count."""

READ_ROWS = 20_000
"""Rows that are read at a time at most: enough for speed, few enough for a wide file."""

_PARQUET, _GZIP, _HEAD, _LINES = b"PAR1", b"\x1f\x8b", 1 << 16, 50
_COPY = "copy the file again from where it was made"


@dataclass(frozen=True)
class InputFile:
    """Rows to be scored, not read yet.

    Attributes
    ----------
    name : for people.
    schema : its columns; those of text are all String.
    rows : lazy (n_rows,) ``ROW`` and the columns.
    delimiter : between the cells of text; None for what is typed.
    """

    name: str
    schema: pl.Schema
    rows: pl.LazyFrame
    delimiter: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in order."""
        return tuple(self.schema)

    @classmethod
    def around(cls, name: str, frame: pl.DataFrame) -> "InputFile":
        """Treat a frame as if it were a file."""
        return cls(name, frame.schema, frame.with_row_index(ROW).lazy())


def open_input(path: Path) -> InputFile:
    """Look at a file's columns.

    Raises
    ------
    ScoringError
        If it can't be opened, is empty, cut short, or neither Parquet nor UTF-8 text; the message names it.
    """
    with told(path):
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise ScoringError(f"the input {path} is empty", remedy=f"{_COPY}, or leave it out")
        if start == _PARQUET:
            rows = pl.scan_parquet(path, row_index_name=ROW, glob=False)
            return InputFile(str(path), _without_row(rows), rows)
        return _text(path, packed=start[:2] == _GZIP)


def _text(path: Path, *, packed: bool) -> InputFile:
    head = _head(path, packed=packed)[0]
    if b"\0" in head:
        raise _unreadable(path, "bytes that no UTF-8 text holds", "save it as UTF-8 or as Parquet")
    lines = head.decode("utf-8-sig", errors="replace").splitlines()
    delimiter = sniffed(lines[:_LINES])
    if not packed:
        _require_whole_end(path, delimiter, len(next(csv.reader(lines[:1], delimiter=delimiter), [])))
    rows = pl.scan_csv(path, separator=delimiter, infer_schema=False, row_index_name=ROW, glob=False)
    names = {name: name.strip() for name in _without_row(rows)}
    rows = rows.rename(names) if len(set(names.values())) == len(names) else rows
    return InputFile(str(path), _without_row(rows), rows, delimiter)


def _without_row(rows: pl.LazyFrame) -> pl.Schema:
    return pl.Schema({name: dtype for name, dtype in rows.collect_schema().items() if name != ROW})


def _require_whole_end(path: Path, delimiter: str, width: int) -> None:
    """Refuse text whose last line ends early: whoever wrote it was interrupted."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _HEAD))
        _, newline, last = file.read().decode("utf-8", errors="replace").rpartition("\n")
    cells = last.count(delimiter) + 1
    if newline and last.strip() and '"' not in last and cells < width:
        raise ScoringError(
            f"the input {path} is cut short: its last line has {cells} of {width} cells", found=last[:80], remedy=_COPY
        )


def read_rows(file: InputFile, wanted: pl.LazyFrame, at_a_time: int) -> Iterator[pl.DataFrame]:
    """Run what is asked of a file and give the rows in order, some at a time.

    Parameters
    ----------
    wanted : made from ``file.rows``.
    at_a_time : rows of a piece; no number depends on it.

    Raises
    ------
    ScoringError
        If the file turns out to be damaged.
    """
    with told(file.name):
        yield from wanted.collect_batches(chunk_size=at_a_time, maintain_order=True, lazy=True, engine="streaming")


def in_batches(frames: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Cut frames anew, into pieces of so many rows; the last one may have fewer, none is empty."""
    waiting: list[pl.DataFrame] = []
    held = 0
    for frame in frames:
        waiting.append(frame)
        held += frame.height
        while held >= rows:
            whole = pl.concat(waiting)
            yield whole[:rows]
            waiting, held = [whole[rows:]], held - rows
    if held:
        yield pl.concat(waiting)


def expected_rows(paths: Sequence[Path]) -> int:
    """Estimate how many rows files have, from the beginning of those that are text."""
    return sum(map(_expected, paths))


def _expected(path: Path) -> int:
    with told(path):
        with path.open("rb") as file:
            start = file.read(4)
        if start == _PARQUET:
            return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
        head, read = _head(path, packed=start[:2] == _GZIP)
        return round(head.count(b"\n") * path.stat().st_size / max(read, 1))


def _head(path: Path, *, packed: bool) -> tuple[bytes, int]:
    """Read the beginning of a text, and say how many bytes of the file that took."""
    with path.open("rb") as file:
        raw = file.read(_HEAD)
    if not packed:
        return raw, len(raw)
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: as gzip
    head = unpacking.decompress(raw, 16 * _HEAD)
    return head, len(raw) - len(unpacking.unconsumed_tail)


@contextmanager
def told(path: Path | str) -> Iterator[None]:
    """Turn what goes wrong while a file is read into a ScoringError that names it."""
    try:
        yield
    except (OSError, zlib.error, pl.exceptions.PolarsError) as error:
        found = str(error).strip().partition("\n")[0]
        raise _unreadable(path, found, _remedy(error, found)) from error


def _unreadable(path: Path | str, found: str, remedy: str) -> ScoringError:
    return ScoringError(
        f"the input {path} can't be read",
        found=found,
        expected="Parquet, or delimited UTF-8 text with one line of column names, packed with gzip or not",
        remedy=remedy,
    )


def _remedy(error: Exception, found: str) -> str:
    if isinstance(error, PermissionError):
        return "allow this user to read it"
    if "conversion" in found:
        return "score files whose columns have different types one at a time"
    if "more fields" in found:
        return "one line has more cells than there are column names: put cells that hold the delimiter in quotes"
    if "utf-8" in found:
        return "save it as UTF-8 or as Parquet"
    return _COPY
