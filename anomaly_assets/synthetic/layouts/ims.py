"""IMS text: a folder a test (``1st_test``), a file a snapshot (``2003.10.22.12.06.24``), a column a bearing's channel.

Four bearings run on one shaft and stop together. Which of them fail, and how, is the public record of
``source.options.failures``: it is what the reader labels by. A test that has not failed yet is one that the record does
not name, so its number lies beyond: ``11th_test`` is the first rig, still running.

The layout is that of the IMS bearing data (Lee, Qiu, Yu, Lin, NASA prognostics data repository, 2007).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from ...config import FleetConfig
from ..machinery import recorded
from ..timeline import Unit
from ._files import csv_bytes, local_text, put

BEARINGS, RUNNING = 4, 10
"""Bearings of a test, and what is added to the number of a test that still runs."""


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """A bearing is told by its test and its place on the shaft."""
    test = rig(unit.number) + (0 if failed else RUNNING)
    return f"test_{test}_bearing_{unit.number % BEARINGS + 1}"


def rig(number: int) -> int:
    """Number of the test that a unit runs in, from 1."""
    return number // BEARINGS + 1


def fate(fleet: FleetConfig, number: int) -> tuple[str, ...]:
    """Tell what the public record says the bearing fails of."""
    told: Mapping[object, Mapping[object, str]] = fleet.source.options.get("failures", {})
    failures = {(int(str(test)), int(str(place))): kind for test, some in told.items() for place, kind in some.items()}
    kind = failures.get((rig(number), number % BEARINGS + 1))
    return (kind,) if kind else ()


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one file per test and instant, the channels of its bearings side by side, in thousandths."""
    test = pl.col("unit_id").str.extract(r"^test_(\d+)_").cast(pl.Int64)
    states = frames["states"].with_columns(
        test.alias("_test"), local_text(fleet, "%Y.%m.%d.%H.%M.%S").alias("_snapshot")
    )
    written = []
    for (number, snapshot), bearings in states.group_by("_test", "_snapshot", maintain_order=True):
        kept = bearings.sort("number").drop("_test", "_snapshot")
        waves = [wave for state in kept.iter_rows(named=True) for wave in recorded(fleet, state).values()]
        table = pl.from_numpy(np.column_stack(waves).astype(np.float64).round(3) + 0.0)
        path = folder / f"{_ordinal(int(str(number)))}_test" / str(snapshot)
        written.append(put(path, csv_bytes(table, separator="\t", header=False)))
    return written


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in {11, 12, 13} else endings.get(number % 10, 'th')}"
