"""Decisions as the Numenta Anomaly Benchmark's own scorer reads them: a CSV per detector and series.

``<detector>/<folder>/<detector>_<series>.csv`` with timestamp, value, anomaly_score (0 to 1) and label. Thresholds and
weights are the scorer's own business.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ...evaluation import label_windows
from .selecting import Decided

INSTANT = timedelta(microseconds=1)


def write_results(decided: Sequence[Decided], folder: Path) -> None:
    """Write one file per detector and series; rows that were learnt from score 0, as NAB's probation asks."""
    for one in decided:
        recordings = one.result.round.recordings
        source = Path(recordings.files["source_file"][0].removesuffix(".gz"))
        target = folder / one.detector / source.parent.name / f"{one.detector}_{source.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        _rows(one).write_csv(target, datetime_format="%Y-%m-%d %H:%M:%S")


def _rows(one: Decided) -> pl.DataFrame:
    """Make timestamp, value, anomaly_score and label of every row of the file, in its order."""
    recordings = one.result.round.recordings
    rows = recordings.readings.select("unit_id", "source_row", "value", window_start="time").sort("window_start")
    scores = one.scored.select("window_start", "score").sort("window_start")
    whole = rows.join_asof(scores, on="window_start", tolerance=recordings.fleet.stride - INSTANT)
    whole = whole.sort("source_row").with_columns(window_end=pl.col("window_start") + INSTANT)
    return whole.select(
        pl.col("window_start").dt.replace_time_zone(None).alias("timestamp"),
        "value",
        pl.Series("anomaly_score", _squeezed(whole["score"].fill_null(0.0).to_numpy())),
        label_windows(whole, recordings.labels).cast(pl.Int8).alias("label"),
    )


def _squeezed(score: np.ndarray) -> np.ndarray:
    """Scores in units of training to 0..1, without changing their order: 1 becomes one half."""
    positive = np.maximum(score, 0.0)
    return positive / (1.0 + positive)
