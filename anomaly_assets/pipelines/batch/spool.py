"""Scored rows on their way, in an unnamed file on disk until the last one is known. What they mean is elsewhere."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...errors import ScoringError

PIECE = 131_072
"""Rows of a piece: how rows come out doesn't depend on how they went in."""


class Spool:
    """Rows of one schema, in order, as Arrow IPC in a file that is gone with its process.

    Parameters
    ----------
    folder : where the file lies; the output's own, so that a full disk is found while nothing is lost.
    piece : rows that are written and read together.

    Attributes
    ----------
    rows : so many.
    schema : of the rows; empty before the first.
    """

    def __init__(self, folder: Path, piece: int = PIECE) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `__exit__`
        self._piece, self._writer, self._reader = piece, None, {}
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self.rows, self.schema = 0, pl.Schema()

    _writer: Any
    _reader: dict[tuple[str, ...], Any]

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # what a full disk did not take was told already
            self._file.close()

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows.

        Raises
        ------
        ScoringError
            If a column holds what a CSV file can't, or other rows than before.
        OSError
            If the disk is full.
        """
        if not self.schema:
            self.schema = _schema(frame)
        self._waiting.append(_like(frame, self.schema))
        self._waiting_rows += frame.height
        self.rows += frame.height
        if self._waiting_rows >= self._piece:
            self._write(whole=False)

    def close(self) -> None:
        """Say that these were all rows; they can be read from now on."""
        self._write(whole=True)
        self._open_writer().close()
        self._file.flush()

    def pieces(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Read rows in order, a piece at a time; only the named columns, if any are named."""
        wanted = tuple(self.schema) if columns is None else tuple(columns)
        reader = self._open_reader(wanted)
        for number in range(reader.num_record_batches):
            yield self._frame(reader.get_batch(number), wanted)

    def column(self, name: str, dtype: type[Any] = float) -> NDArray[Any]:
        """Read one column of numbers or verdicts whole: (rows,) of ``dtype``, NaN or false where there is no value."""
        whole, start = np.empty(self.rows, dtype=dtype), 0
        for piece in self.pieces([name]):
            whole[start : start + piece.height] = piece[name].fill_null(np.nan if dtype is float else False).to_numpy()
            start += piece.height
        return whole

    def rows_at(self, places: Sequence[int], columns: Sequence[str]) -> pl.DataFrame:
        """Read a few rows, in the order of ``places`` (from 0)."""
        wanted, reader = tuple(columns), self._open_reader(tuple(columns))
        found = [self._frame(reader.get_batch(place // self._piece), wanted)[place % self._piece] for place in places]
        return pl.concat([pl.DataFrame(schema={name: self.schema[name] for name in wanted}), *found])

    def _write(self, whole: bool) -> None:
        """Write full pieces of what waits, and the rest as well if there is no more to come."""
        together = pl.concat([pl.DataFrame(schema=self.schema), *self._waiting])
        end = together.height if whole else together.height // self._piece * self._piece
        for start in range(0, end, self._piece):
            self._open_writer().write_table(_arrow(together[start : min(end, start + self._piece)]))
        self._waiting = [together[end:]]
        self._waiting_rows = together.height - end

    def _open_writer(self) -> Any:
        import pyarrow as pa

        if self._writer is None:
            self._writer = pa.ipc.new_file(self._file, _arrow(pl.DataFrame(schema=self.schema)).schema)
        return self._writer

    def _open_reader(self, columns: tuple[str, ...]) -> Any:
        import pyarrow as pa

        if columns not in self._reader:
            places = [list(self.schema).index(name) for name in columns]
            options = pa.ipc.IpcReadOptions(included_fields=places)
            self._reader[columns] = pa.ipc.open_file(pa.PythonFile(self._file, mode="r"), options=options)
        return self._reader[columns]

    def _frame(self, batch: Any, columns: tuple[str, ...]) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(batch)).select(columns)


def _arrow(frame: pl.DataFrame) -> Any:
    return frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def _schema(frame: pl.DataFrame) -> pl.Schema:
    """Give the types that rows are kept in: categories as text, so that every file says the same."""
    for name, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            raise ScoringError(
                f"column {name} can't be written to a CSV file", found=str(dtype), remedy=f"leave {name} out of --keep"
            )
    text = (pl.Categorical, pl.Enum)
    return pl.Schema({name: pl.String() if dtype in text else dtype for name, dtype in frame.schema.items()})


def _like(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    try:
        return frame.select(list(schema)).cast(schema)
    except pl.exceptions.PolarsError as error:
        raise ScoringError(
            "the columns of the input change on the way",
            found=", ".join(f"{name} {dtype}" for name, dtype in frame.schema.items() if schema.get(name) != dtype),
            expected=", ".join(f"{name} {dtype}" for name, dtype in schema.items() if frame.schema.get(name) != dtype),
            remedy="score files of different kinds one by one",
        ) from error
