"""A bounded look into a folder: which files belong together, how their text is laid out, some of their rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import polars as pl

from ...errors import IngestError
from ..delimited import ROW, Dialect, Text, head, sniffed, with_text
from ..files import UTF16, is_plain_utf8, matching

SUFFIXES = {".csv", ".tsv", ".txt", ".dat", ".asc", ".parquet", ".pq"}
PARQUET = {".parquet", ".pq"}
ROWS, FILES = 5000, 24
"""Rows of a file, and files of a folder, that guesses are made from."""


@dataclass(frozen=True)
class Look:
    """What was seen of a folder.

    Attributes
    ----------
    folder : root of the files.
    names : files with the same columns, sorted; the ones the guesses are about.
    others : files that have other columns or can't be read.
    dialect : how their text is laid out (delimiter, header, lines to skip); irrelevant for Parquet.
    columns : every file's columns, where it can be read.
    alone : whether one file was pointed at, not a folder.
    frames : some of the files, each with its first rows: text cells, or typed ones of Parquet.
    """

    folder: Path
    names: tuple[str, ...]
    others: tuple[str, ...]
    dialect: Dialect
    columns: dict[str, tuple[str, ...]]
    alone: bool
    frames: dict[str, pl.DataFrame]

    def with_those_that_have(self, needed: Iterable[str]) -> "Look":
        """Take in the other files that have all the columns that are needed."""
        wanted = set(needed)
        more = [name for name in self.others if wanted <= set(self.columns.get(name, ()))]
        rest = tuple(name for name in self.others if name not in more)
        return replace(self, names=tuple(sorted((*self.names, *more))), others=rest)

    @property
    def rows(self) -> pl.DataFrame:
        """All rows that were looked at, one below the other."""
        return pl.concat(list(self.frames.values()), how="vertical_relaxed")


def look(folder: Path) -> Look:
    """Look into a folder, or at one file.

    Raises
    ------
    IngestError
        If there is no CSV or Parquet file that can be read.
    """
    root, names = _names(folder)
    shapes = {name: _shape(root / name) for name in names}
    groups: dict[object, list[str]] = defaultdict(list)
    for name, shape in shapes.items():
        groups[shape and shape[0]].append(name)
    groups.pop(None, None)
    if not groups:
        raise IngestError(f"no file in {folder} can be read as CSV or Parquet", found=", ".join(names[:10]))
    chosen = max(groups.values(), key=lambda group: (sum((root / name).stat().st_size for name in group), len(group)))
    found = shapes[chosen[0]]
    dialect = found[1] if found else Dialect()
    frames = {name: first_rows(root / name, dialect) for name in spread(chosen, FILES)}
    others = tuple(sorted(set(names) - set(chosen)))
    columns = {name: shape[0] for name, shape in shapes.items() if shape}
    return Look(root, tuple(chosen), others, dialect, columns, folder.is_file(), frames)


def first_rows(path: Path, dialect: Dialect) -> pl.DataFrame:
    """Read the first rows of a file."""
    if path.suffix.lower() in PARQUET:
        return pl.scan_parquet(path).head(ROWS).collect()
    return with_text(path, dialect, _first)


def spread(names: Sequence[str], most: int) -> list[str]:
    """Choose evenly spaced names, the first and the last among them."""
    if len(names) <= most:
        return list(names)
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


def encoding_of(path: Path) -> str | None:
    """Tell the encoding where it has to be said; UTF-8 and what announces itself need no word."""
    if path.suffix.lower() in PARQUET or is_plain_utf8(path, None) or path.suffix == ".gz":
        return None
    with path.open("rb") as stream:
        return None if stream.read(2) in UTF16 else "latin-1"


def _names(folder: Path) -> tuple[Path, list[str]]:
    if folder.is_file():
        return folder.parent, [folder.name]
    names = [name for name in matching(folder, ("**/*",)) if _suffix(name) in SUFFIXES]
    if not names:
        raise IngestError(f"there is no CSV or Parquet file in {folder}", expected="files ending in .csv or .parquet")
    return folder, names


def _suffix(name: str) -> str:
    return PurePosixPath(name.removesuffix(".gz")).suffix.lower()


def _shape(path: Path) -> tuple[tuple[str, ...], Dialect] | None:
    """Give a file's columns and layout; None where it can't be read."""
    try:
        if path.suffix.lower() in PARQUET:
            return tuple(pl.scan_parquet(path).collect_schema().names()), Dialect()
        dialect = _dialect(head(path), encoding_of(path))
        return with_text(path, dialect, lambda text: text.columns), dialect
    except (IngestError, pl.exceptions.PolarsError, OSError):
        return None


def _dialect(lines: list[str], encoding: str | None) -> Dialect:
    """Find the delimiter, the lines before the table, and whether its first line names the columns."""
    delimiter = sniffed(lines)
    widths = [len(line.split(delimiter)) for line in lines]
    common = Counter(widths[-max(len(widths) * 2 // 3, 1) :]).most_common(1)[0][0]
    skip = next((i for i, width in enumerate(widths) if width == common), 0)
    cells = [cell.strip().strip('"') for cell in lines[skip].split(delimiter)] if lines else []
    named = not any(_is_value(cell) for cell in cells)
    return Dialect(delimiter, header=named, skip_rows=skip, encoding=encoding)


def _is_value(cell: str) -> bool:
    return cell.lstrip("+-")[:1].isdigit()


def _first(text: Text) -> pl.DataFrame:
    return text.cells.head(ROWS).collect().drop(ROW)
