"""Columns that say what kind of anomaly a window shows and how severe it is, of detectors that know kinds.

What a group of windows is called lives here too, since alarms that are counted and incidents go by the same name.
"""

from typing import Any

import dataframely as dy
import polars as pl

from ..config.severity import KINDS

KIND_MEANINGS = {
    "point": "severity of single readings that leap, 0 to 1; empty where the detector knows no kinds",
    "collective": "severity of small oddities that don't end, 0 to 1",
    "contextual": "severity of readings that are unusual at this hour of the day, 0 to 1",
    "sensor_fault": "severity of a stuck, spiking or noisy sensor, 0 to 1",
    "severity": "the largest of the four",
    "anomaly_kind": "the kind that the score comes from, for anomalous windows",
}
"""What the columns mean, in storage order."""


def kind_columns() -> dict[str, Any]:
    """Columns of the kinds, all null where the detector knows none."""
    columns: dict[str, Any] = {name: dy.Float64(nullable=True, min=0, max=1) for name in (*KINDS, "severity")}
    return columns | {"anomaly_kind": dy.String(nullable=True)}


def count_kinds(windows: pl.DataFrame, *group: str) -> pl.DataFrame:
    """Add ``_named``: how many windows of the group are of the window's ``anomaly_kind``; for `kind_of_most`."""
    return windows.with_columns(_named=pl.len().over(*group, "anomaly_kind"))


def kind_of_most() -> pl.Expr:
    """Aggregate a group's ``anomaly_kind``: that of most windows, of equally many the one with the highest score."""
    return pl.col("anomaly_kind").sort_by("_named", "score").last()
