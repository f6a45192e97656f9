"""Rows that were scored by nobody: they stand in for `Scoring` where it is the output that is tested."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.pipelines.batch.models import Opened
from anomaly_assets.pipelines.batch.outcome import BatchOutcome
from anomaly_assets.pipelines.batch.request import Facts, Request
from anomaly_assets.pipelines.batch.run import write_scores
from anomaly_assets.registry import Bundle, Manifest

MOMENT = datetime(2025, 11, 27, 10, 30, tzinfo=UTC)


def scored_rows(rows: int = 1000, models: int = 1, threshold: float | None = 2.0, seed: int = 1) -> pl.DataFrame:
    """Rows as `Scoring` gives them; scores have ties."""
    values = np.random.default_rng(seed).normal(size=(rows, 2))
    frame = pl.DataFrame(
        {"timestamp": [f"2003-11-01 {i // 60:02d}:{i % 60:02d}" for i in range(rows)], "window_id": np.arange(rows)}
    ).with_columns(ch1_mean=values[:, 0], ch1_rms=values[:, 1])
    for place in range(models):
        end = f"_{place + 1}" if models > 1 else ""
        scores = pl.Series(np.abs(values[:, place]).round(2))
        flags = scores > threshold if threshold is not None else pl.repeat(None, rows, dtype=pl.Boolean)
        used = pl.lit(threshold, dtype=pl.Float64)
        frame = frame.with_columns(
            scores.alias(f"anomaly_score{end}"),
            flags.alias(f"is_anomaly{end}"),
            used.alias(f"threshold_used{end}"),
            pl.lit(f"pump_model{place}").alias(f"model_name{end}"),
        )
    return frame


class Rows:
    """Hands rows out in batches, as `Scoring` does."""

    def __init__(self, frame: pl.DataFrame, batch_size: int = 300, models: int = 1) -> None:
        self.frame, self.batch_size = frame, batch_size
        opened = tuple(Opened(f"pump_model{i}", "deviation", bundle(i), 3, Path(f"models/{i}")) for i in range(models))
        self.facts = Facts(models=opened, kept=("timestamp", "window_id"), files=(Path("in.csv"),))

    def frames(self) -> Iterator[pl.DataFrame]:
        for part in self.frame.iter_slices(self.batch_size):
            self.facts.rows_read += part.height
            self.facts.rows_scored += part.height
            yield part


def bundle(place: int = 0) -> Bundle:
    """A bundle of which only the manifest is looked at."""
    manifest = Manifest(
        fleet="pump",
        detector=f"model{place}",
        kind="deviation",
        features=("ch1_mean", "ch1_rms"),
        config_digest="",
        fingerprint="",
        code_version="",
        created_at=datetime(2025, 11, 26, tzinfo=UTC),
    )
    nothing: Any = None
    return Bundle(nothing, nothing, None, None, manifest)


def request(stem: Path, models: int = 1, **changes: Any) -> Request:
    asked: dict[str, Any] = {"models": ("pump",) * models, "inputs": ("in.csv",), "output": stem, "scored_at": MOMENT}
    return Request(**asked | changes)


def written(stem: Path, rows: Rows, **changes: Any) -> BatchOutcome:
    """Write rows as a batch, unheard."""
    asked = request(stem, len(rows.facts.models), **changes)
    return write_scores(lambda: rows, asked, lambda what, done, of: None, lambda kind, sentence: None)
