"""What every layout needs: files that appear whole, column names as in the raw files, local times.

What a format looks like is said in its own module.
"""

import gzip
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from ...config import FleetConfig


def put(path: Path, content: bytes) -> Path:
    """Write a file so that nobody ever sees half of it; gzip by suffix, without a time stamp in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(content, compresslevel=6, mtime=0) if path.suffix == ".gz" else content
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(packed)
    return part.replace(path)


def csv_bytes(frame: pl.DataFrame, separator: str = ",", null: str = "", header: bool = True) -> bytes:
    """Give a frame as CSV."""
    return frame.write_csv(separator=separator, null_value=null, include_header=header).encode()


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Give arrays as ``.npz``; without compression, which noise doesn't yield to."""
    content = BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


def raw_columns(fleet: FleetConfig) -> dict[str, str]:
    """Sensor to its column in the raw files."""
    return {name: sensor.column or name for name, sensor in fleet.sensors.items()}


def local_text(fleet: FleetConfig, pattern: str) -> pl.Expr:
    """Column ``time`` as naive local text of the fleet's zone, as loggers write it."""
    return pl.col("time").dt.convert_time_zone(fleet.source.time_zone).dt.strftime(pattern)


def missing_text(fleet: FleetConfig) -> str:
    """How the fleet's files say "no reading": its first sentinel, or an empty field."""
    return f"{fleet.source.sentinels[0]:g}" if fleet.source.sentinels else ""
