"""What SMD and ASD share: a train and a test part per machine, channels named by their files."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import fleet_of

HELD_BACK = 0.3


def machine_rounds(suite: str, folder: Path) -> Iterator[Round]:
    """Learn from the train part of every machine, judge its test part."""
    parts = sorted(folder.rglob("*_train.parquet"))
    channels = pl.read_parquet_schema(parts[0]) if parts else {}
    recordings = Recordings.read(fleet_of(suite, sensors={name.lower(): {"column": name} for name in channels}), folder)
    for (unit,), files in recordings.files.group_by("unit_id", maintain_order=True):
        if files.height == 2:
            yield _round(str(unit), files, recordings.of([str(unit)]))


def _round(unit: str, files: pl.DataFrame, recordings: Recordings) -> Round:
    """The first of a machine's two files is its train part, the other one follows it."""
    held = (pl.col("end") - pl.col("start")) * HELD_BACK
    embargo = pl.min_horizontal(pl.lit(recordings.fleet.lookback), held * 0.5)
    spans = files[:1].select(
        "unit_id", "start", split=pl.col("end") - held, resume=pl.col("end") - held + embargo, end="end"
    )
    return Round("all", unit, recordings, spans, files[1:].select("unit_id", "start", "end"))
