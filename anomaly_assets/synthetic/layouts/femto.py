"""FEMTO text: a folder a bearing, a file a snapshot (``acc_00001.csv``), a line a sample: time of day, accelerations.

Bearings that have failed lie in ``Learning_set``, those that still run in ``Test_set``. Files state no dates: the
number in a name counts sampling steps since ``source.options.epoch``.

The layout is that of PRONOSTIA (Nectoux et al., IEEE PHM 2012).
"""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ...config import FleetConfig
from ..machinery import recorded
from ..timeline import Unit
from ._files import csv_bytes, put


def unit_id(fleet: FleetConfig, unit: Unit, failed: bool) -> str:
    """All bearings are of the first operating condition, and numbered."""
    return f"Bearing1_{unit.number + 1}"


def write(frames: dict[str, pl.DataFrame], fleet: FleetConfig, folder: Path) -> list[Path]:
    """Write one file per bearing and instant."""
    ended = frames["units"].filter(pl.col("last_reading") == pl.col("failure_at"))["system_id"].to_list()
    first = datetime.fromisoformat(f"{fleet.source.options['epoch']}T00:00:00+00:00")
    written = []
    for state in frames["states"].iter_rows(named=True):
        part = "Learning_set" if state["unit_id"] in ended else "Test_set"
        number = (state["time"] - first) // fleet.sampling + 1
        text = csv_bytes(_snapshot(fleet, state["time"], recorded(fleet, state)), header=False)
        written.append(put(folder / part / state["unit_id"] / f"acc_{number:05d}.csv", text))
    return written


def _snapshot(fleet: FleetConfig, moment: datetime, waves: dict[str, np.ndarray]) -> pl.DataFrame:
    """Hour, minute, second, microsecond, and the channels in thousandths; a line a sample."""
    samples = len(next(iter(waves.values())))
    rate = fleet.waveforms.rate if fleet.waveforms else 1.0
    passed = pl.Series((np.arange(samples) / rate * 1e6).astype(np.int64)).cast(pl.Duration("us"))
    clock = pl.DataFrame({"at": passed + (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % timedelta(days=1)})
    at = pl.col("at").dt
    parts = [at.total_hours(), at.total_minutes() % 60, at.total_seconds() % 60, at.total_microseconds() % 1_000_000]
    told = {name: pl.Series(wave.astype(np.float64).round(3) + 0.0) for name, wave in waves.items()}
    return clock.select(part.alias(str(place)) for place, part in enumerate(parts)).with_columns(**told)
