"""Scored rows become a CSV and a Parquet file. Which rows, and what becomes of the files, is decided elsewhere."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import polars as pl

MOMENT = "%Y-%m-%d %H:%M:%S%.f"
"""How a moment is written in a CSV file: fractions of a second only where there are any."""


def write_rows(
    pieces: Iterable[pl.DataFrame], flags: Sequence[str], schema: pl.Schema, csv: BinaryIO, parquet: BinaryIO
) -> None:
    """Write rows into both files; equal rows in equal pieces give equal bytes.

    CSV: flags are 0 and 1, numbers as short as they can be read back exactly, nothing where there is no value.
    Parquet: every type as it is, zstd, and nothing of the moment of writing.

    Parameters
    ----------
    pieces : of the rows, in order.
    flags : Boolean columns that are verdicts.
    schema : of the pieces; a file without rows has it, too.

    Raises
    ------
    OSError
        If a file can't take them, as on a full disk.
    """
    csv.write(_csv(pl.DataFrame(schema=schema), flags, header=True))
    writer = _parquet_writer(schema, parquet)
    try:
        for piece in pieces:
            csv.write(_csv(piece, flags, header=False))
            writer.write_table(_arrow(piece))
        writer.close()
    except BaseException:
        writer.is_open = False  # else it would write the footer when it is collected, into a file that is closed
        raise


def _csv(piece: pl.DataFrame, flags: Sequence[str], header: bool) -> memoryview:
    moments = [pl.col(name).dt.to_string(_format(dtype)) for name, dtype in _moments(piece.schema)]
    plain = piece.with_columns(pl.col(flags).cast(pl.UInt8), *moments)
    text = io.BytesIO()
    plain.write_csv(text, include_header=header)
    return text.getbuffer()


def _moments(schema: pl.Schema) -> list[tuple[str, pl.Datetime]]:
    return [(name, dtype) for name, dtype in schema.items() if isinstance(dtype, pl.Datetime)]


def _format(dtype: pl.Datetime) -> str:
    return MOMENT + ("%:z" if dtype.time_zone else "")


def _parquet_writer(schema: pl.Schema, file: BinaryIO) -> Any:
    import pyarrow.parquet as pq

    text = [name for name, dtype in schema.items() if dtype == pl.String]
    empty = _arrow(pl.DataFrame(schema=schema))
    return pq.ParquetWriter(file, empty.schema, compression="zstd", use_dictionary=text or False)


def _arrow(piece: pl.DataFrame) -> Any:
    return piece.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
