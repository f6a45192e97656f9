"""Generic waveforms: one ``.npz`` per unit and uninterrupted run of windows within a day, named by its first instant.

In it stand an array (n_windows, n_samples) for every vibration channel, an array (n_windows,) for everything that is
recorded beside them (phase, speed), and ``start``, the first window's instant as ISO text.
"""

from pathlib import Path

import numpy as np
import polars as pl

from ...config import FleetConfig
from ..machinery import recorded
from ..timeline import Unit
from ._files import npz_bytes, put, raw_columns


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """Units keep their names."""
    return unit.name


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write ``<unit>/<first instant>.npz``, one after the other, so that one run at a time is in memory."""
    beside = frames["readings"].drop_nulls("unit_id").select("unit_id", "time", *_slow(frames["readings"], fleet))
    broken = (pl.col("time").diff() != fleet.sampling) | (pl.col("time").dt.date() != pl.col("time").dt.date().shift(1))
    runs = frames["states"].with_columns(broken.fill_null(True).cum_sum().over("unit_id").alias("_run"))
    written = []
    for (unit, _), windows in runs.group_by("unit_id", "_run", maintain_order=True):
        start = windows["time"][0]
        arrays = _signals(fleet, windows.drop("_run")) | {
            column: beside.filter(pl.col("unit_id") == unit)
            .join(windows, on="time", how="semi", maintain_order="left")[name]
            .to_numpy()
            for name, column in raw_columns(fleet).items()
            if name in beside.columns
        }
        path = folder / str(unit) / f"{start:%Y-%m-%dT%H%M%S}Z.npz"
        written.append(put(path, npz_bytes(arrays | {"start": np.array(start.isoformat())})))
    return written


def _slow(readings: pl.DataFrame, fleet: FleetConfig) -> list[str]:
    """Sensors that have readings of their own: those recorded beside the signals."""
    return [name for name in fleet.sensors if readings[name].null_count() < readings.height]


def _signals(fleet: FleetConfig, windows: pl.DataFrame) -> dict[str, np.ndarray]:
    """Every channel's windows, (n_windows, n_samples) float32."""
    heard = [recorded(fleet, state) for state in windows.iter_rows(named=True)]
    return {channel: np.stack([waves[channel] for waves in heard]) for channel in heard[0]}
