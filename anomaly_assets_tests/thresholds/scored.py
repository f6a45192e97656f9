"""Calibrations written down by hand and drawn at random."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from anomaly_assets.thresholds import Calibration

START = datetime(2024, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def calibration(scores, units=1, labels=None, minutes: int = 1) -> Calibration:
    """Windows of so many minutes, one after the other, dealt out evenly to the units."""
    scores = np.asarray(scores, dtype=float)
    per_unit = -(-scores.size // units)
    number = np.arange(scores.size)
    start = pl.Series([START + int(i) * minutes * MINUTE for i in number % max(1, per_unit)]).cast(
        pl.Datetime("us", "UTC")
    )
    unit = pl.Series([f"u{i}" for i in number // max(1, per_unit)], dtype=pl.String)
    marks = None if labels is None else pl.Series(labels).cast(pl.Boolean)
    return Calibration(unit, start, start + minutes * MINUTE, pl.Series(scores), marks)


def as_windows(given: Calibration, flags: np.ndarray) -> pl.DataFrame:
    columns = {"unit_id": given.unit_id, "window_start": given.window_start, "window_end": given.window_end}
    return pl.DataFrame(columns | {"is_anomaly": pl.Series(flags, dtype=pl.Boolean)})
