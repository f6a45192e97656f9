"""Parsed files kept as Parquet, and what is remembered about each; when to parse again is decided in source.py.

A staged file's name is the digest of what it was made from, so a new version never overwrites one that is being read.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import IngestError
from .recording import Recording

PARTS = ("readings", "rejects", "labels")
ROW_GROUP = 131_072
"""Rows per row group: a day of a large fleet is a few of them, so a range of days reads little more than itself."""

_MASK = (1 << 64) - 1


def staged(store: Path, digest: str, part: str) -> Path:
    """Name the Parquet file of one part of a parsed file."""
    return store / f"{digest}.{part}.parquet"


def write(recording: Recording, store: Path, digest: str) -> None:
    """Write a parsed file's parts, each whole or not at all.

    Raises
    ------
    IngestError
        If the disk is full or can't be written; nothing half-written stays behind.
    """
    for part in PARTS:
        frame: pl.DataFrame = getattr(recording, part)
        target = staged(store, digest, part)
        beside = target.with_suffix(".tmp")
        try:
            store.mkdir(parents=True, exist_ok=True)
            frame.drop("source_file", strict=False).write_parquet(
                beside, compression="zstd", compression_level=1, row_group_size=ROW_GROUP
            )
            beside.replace(target)
        except (OSError, pl.exceptions.PolarsError) as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise IngestError(
                f"parsed readings can't be kept in {store}",
                found=str(error),
                remedy="free some space, then run the same command again; what was staged before is still in force",
            ) from error


def sweep(store: Path, keep: Iterable[str]) -> None:
    """Remove staged files of digests that nobody needs any more."""
    needed = set(keep)
    for path in store.glob("*.parquet"):
        if path.name.partition(".")[0] not in needed:
            path.unlink(missing_ok=True)


def days_of(recording: Recording) -> dict[date, tuple[int, str]]:
    """Count a recording's readings per UTC day and fingerprint everything it says about that day.

    The line a row stood on is no part of the fingerprint, its place within the day is: an appended file changes its new
    days only, a day whose rows were reordered has changed.
    """
    sums: dict[date, int] = {}
    rows: dict[date, int] = {}
    moments = (
        ("readings", pl.col("time").dt.date()),
        ("rejects", pl.col("day")),
        ("labels", pl.col("start").dt.date()),
    )
    for place, (part, day) in enumerate(moments):
        frame: pl.DataFrame = getattr(recording, part)
        for when, count, total in _sums(frame.with_columns(day.alias("__day")), place):
            sums[when] = (sums.get(when, 0) + total) & _MASK
            rows[when] = rows.get(when, 0) + (count if part == "readings" else 0)
    return {when: (rows[when], f"{total:016x}") for when, total in sorted(sums.items()) if when is not None}


def _sums(frame: pl.DataFrame, seed: int) -> Iterable[tuple[Any, int, int]]:
    if not frame.height:
        return []
    said = frame.drop("source_row", "source_file", strict=False).with_columns(
        pl.int_range(pl.len()).over("__day").alias("__place")
        if not frame.get_column("__day").is_sorted()
        else (pl.int_range(pl.len()) - pl.int_range(pl.len()).first().over("__day")).alias("__place")
    )
    hashed = said.select("__day", said.hash_rows(seed).alias("hash"))
    return hashed.group_by("__day").agg(pl.len(), pl.col("hash").sum()).iter_rows()


def digest_of(*pieces: bytes | str | Path) -> str:
    """Fingerprint texts, bytes and the content of files.

    Raises
    ------
    IngestError
        If a file can't be opened.
    """
    total = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        total.update(_bytes(piece) + b"\0")
    return total.hexdigest()


def _bytes(piece: bytes | str | Path) -> bytes:
    if not isinstance(piece, Path):
        return piece.encode() if isinstance(piece, str) else piece
    try:
        with piece.open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).digest()
    except OSError as error:
        raise IngestError(f"{piece.name} can't be opened", found=str(error)) from error
