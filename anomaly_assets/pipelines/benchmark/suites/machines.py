"""What SMD and ASD share: a train and a test part per machine, channels named by their files."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import fleet_of

HELD_BACK = 0.3


def machine_rounds(suite: str, folder: Path) -> Iterator[Round]:
    """Learn from the train part of every machine, judge its test part."""
    recordings = Recordings.read(fleet_of(suite, sensors={f"m{i:02d}": {} for i in range(_channels(folder))}), folder)
    parts = dict(recordings.files.group_by("unit_id", maintain_order=True))
    lone = {str(unit): "its train part or its test part is missing" for (unit,), f in parts.items() if f.height != 2}
    recordings = replace(recordings, problems=recordings.problems | lone)
    if len(lone) == len(parts):
        raise recordings.lacking("a machine with a train and a test part")
    for (unit,), files in parts.items():
        if str(unit) not in lone:
            yield _round(str(unit), files, recordings.of([str(unit)]))


def _channels(folder: Path) -> int:
    """Count the channels of the first train part that can be read; 1 where none can, which its reader will tell."""
    for path in sorted(
        [*folder.rglob("*_train.parquet"), *folder.rglob("train/*.txt"), *folder.rglob("train/*.txt.gz")]
    ):
        with suppress(pl.exceptions.PolarsError, OSError):
            table = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, has_header=False)
            return len(table.collect_schema())
    return 1


def _round(unit: str, files: pl.DataFrame, recordings: Recordings) -> Round:
    """The first of a machine's two files is its train part, the other one follows it."""
    held = (pl.col("end") - pl.col("start")) * HELD_BACK
    embargo = pl.min_horizontal(pl.lit(recordings.fleet.lookback), held * 0.5)
    spans = files[:1].select(
        "unit_id", "start", split=pl.col("end") - held, resume=pl.col("end") - held + embargo, end="end"
    )
    return Round("all", unit, recordings, spans, files[1:].select("unit_id", "start", "end"))
