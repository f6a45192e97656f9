"""Delimited text as a lazy frame of text cells with line numbers; what the cells mean is decided in cells.py.

Two ways to read: polars in place (fast, streaming), and line by line for files that polars refuses (rows with too many
cells, broken quotes, another encoding), so that one bad line costs one row and not the file.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import polars as pl

from ..errors import IngestError
from .files import UTF16, content, decoded, is_plain_utf8, text_stream

T = TypeVar("T")
DELIMITERS = (";", "\t", ",", "|")
ROW = "source_row"
_HEAD_BYTES, _HEAD_LINES, _CHUNK = 1 << 16, 50, 200_000


@dataclass(frozen=True)
class Dialect:
    """How a text file is laid out.

    Attributes
    ----------
    delimiter : character between cells; found out from the first lines when not given.
    header : whether the first line names the columns; without it they are ``column_1``, ``column_2`` and so on.
    skip_rows : lines before the header (or the first row) that say something else.
    encoding : found out when not given.
    """

    delimiter: str | None = None
    header: bool = True
    skip_rows: int = 0
    encoding: str | None = None


@dataclass(frozen=True)
class Text:
    """A file's cells, nothing judged.

    Attributes
    ----------
    columns : names, stripped.
    cells : lazy (n_rows,), ``source_row`` (1-based line in the file) and one String column per name.
    ragged : (n_ragged,) ``source_row`` and ``found``: lines with more cells than columns.
    """

    columns: tuple[str, ...]
    cells: pl.LazyFrame
    ragged: pl.DataFrame


def with_text(path: Path, dialect: Dialect, use: Callable[[Text], T]) -> T:
    """Read a delimited file and give its cells to ``use``, which may collect them; the slow way only if it must.

    Raises
    ------
    IngestError
        If the file is empty, cut short, or is no delimited text.
    """
    source: Path | bytes = path if is_plain_utf8(path, dialect.encoding) else content(path)
    known = replace(dialect, delimiter=dialect.delimiter or sniffed(_head(source, dialect)))
    try:
        return use(_scanned(source, known))
    except pl.exceptions.NoDataError as error:
        raise IngestError(f"{path.name} is empty", remedy="copy the file again, or remove it") from error
    except (pl.exceptions.PolarsError, UnicodeError):
        return use(_line_by_line(path, known))


def head(path: Path, encoding: str | None = None) -> list[str]:
    """Give the first lines of a file as text."""
    source: Path | bytes = path if is_plain_utf8(path, encoding) else content(path)
    return _head(source, Dialect(encoding=encoding))


def sniffed(lines: list[str]) -> str:
    """Find the delimiter: the character that cuts the most lines into the same number of cells, at least two."""
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        common = max(set(widths), key=widths.count, default=0)
        rank = (widths.count(common) if common > 1 else 0, common)
        best, most = (delimiter, rank) if rank > most else (best, most)
    return best


def _head(source: Path | bytes, dialect: Dialect) -> list[str]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            raw = stream.read(_HEAD_BYTES)
    else:
        raw = source[:_HEAD_BYTES]
    whole = raw if raw[:2] in UTF16 else raw[: raw.rfind(b"\n") + 1] or raw
    lines = decoded(whole, dialect.encoding).splitlines()
    return lines[dialect.skip_rows : dialect.skip_rows + _HEAD_LINES]


def _scanned(source: Path | bytes, dialect: Dialect) -> Text:
    if isinstance(source, bytes):
        source = source if dialect.encoding is None and _is_utf8(source) else decoded(source, dialect.encoding).encode()
    scan = pl.scan_csv(
        io.BytesIO(source) if isinstance(source, bytes) else source,
        separator=dialect.delimiter or ",",
        has_header=dialect.header,
        skip_rows=dialect.skip_rows,
        infer_schema=False,
        row_index_name=ROW,
    )
    found = [name for name in scan.collect_schema().names() if name != ROW]
    names = [name.strip() if dialect.header else f"column_{i + 1}" for i, name in enumerate(found)]
    first = dialect.skip_rows + int(dialect.header) + 1
    renamed = [pl.col(old).alias(new) for old, new in zip(found, names, strict=True)]
    return Text(tuple(names), scan.select(pl.col(ROW).cast(pl.Int64) + first, *renamed), _no_ragged())


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line_by_line(path: Path, dialect: Dialect) -> Text:
    with text_stream(path, dialect.encoding) as stream:
        for _ in range(dialect.skip_rows):
            stream.readline()
        return _from_lines(stream, path, dialect)


def _from_lines(stream: Iterable[str], path: Path, dialect: Dialect) -> Text:
    reader = csv.reader(stream, delimiter=dialect.delimiter or ",")
    first = next(reader, [])
    names = [name.strip() for name in first] if dialect.header else [f"column_{i + 1}" for i in range(len(first))]
    ahead = [] if dialect.header else [first]
    ragged: list[tuple[int, str]] = []
    try:
        frames = list(_frames(reader, ahead, names, dialect.skip_rows, ragged))
    except csv.Error as error:
        raise IngestError(f"{path.name} is no delimited text", found=str(error)) from error
    if not frames and ragged:
        raise IngestError(
            f"every row of {path.name} has more cells than its header", found=ragged[0][1], expected=len(names)
        )
    schema = pl.Schema({ROW: pl.Int64} | dict.fromkeys(names, pl.String))
    cells = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    return Text(tuple(names), cells.lazy(), pl.DataFrame(ragged, schema=_no_ragged().schema, orient="row"))


def _frames(
    reader: Iterator[list[str]], ahead: list[list[str]], names: list[str], skipped: int, ragged: list[tuple[int, str]]
) -> Iterator[pl.DataFrame]:
    """Yield bounded frames of rows that fit; note those that don't."""
    schema = pl.Schema({ROW: pl.Int64} | dict.fromkeys(names, pl.String))

    def rows() -> Iterator[tuple[object, ...]]:
        yield from ((skipped + 1, *row) for row in ahead)
        for cells in reader:
            line = skipped + reader.line_num  # type: ignore[attr-defined]
            if any(cell.strip() for cell in cells[len(names) :]):
                ragged.append((line, ",".join(cells)[:200]))
            elif cells:
                yield (line, *(cell or None for cell in cells[: len(names)]), *[None] * (len(names) - len(cells)))

    numbered = rows()
    while chunk := list(islice(numbered, _CHUNK)):
        yield pl.DataFrame(chunk, schema=schema, orient="row")


def _no_ragged() -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.Int64, "found": pl.String})
