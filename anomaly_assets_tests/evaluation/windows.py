"""Windows and labels written down by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from anomaly_assets.contracts import labels as labels_table

from ..conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour(number: float) -> datetime:
    return START + number * HOUR


def windows(flags: str, unit: str = "u") -> pl.DataFrame:
    """Hourly windows from START: ``x`` anomalous, ``.`` normal, a blank nothing observed."""
    seen = [(i, flag == "x") for i, flag in enumerate(flags) if flag != " "]
    return pl.DataFrame(
        {
            "unit_id": [unit] * len(seen),
            "window_start": [hour(i) for i, _ in seen],
            "window_end": [hour(i + 1) for i, _ in seen],
            "is_anomaly": [flag for _, flag in seen],
        },
        schema={
            "unit_id": pl.String,
            "window_start": pl.Datetime("us", "UTC"),
            "window_end": pl.Datetime("us", "UTC"),
            "is_anomaly": pl.Boolean,
        },
    )


def labels(*spans: tuple[float, float], unit: str = "u", sensor: str | None = None) -> pl.DataFrame:
    """Labels from one hour after START to another."""
    rows = [(unit, hour(a), hour(b), sensor, "fault", None, None, "test") for a, b in spans]
    return pl.DataFrame(rows, schema=labels_table(small_fleet()).dtypes, orient="row")


def scored(flags: str, unit: str = "u", scores: Sequence[float] | None = None) -> pl.DataFrame:
    """Windows with a score: 1 where anomalous and 0 where not, when none are given."""
    seen = windows(flags, unit)
    values = seen["is_anomaly"].cast(pl.Float64) if scores is None else pl.Series(scores, dtype=pl.Float64)
    return seen.with_columns(score=values, threshold=pl.lit(0.5))


def failing(*spans: tuple[float, float, float], unit: str = "u") -> pl.DataFrame:
    """Labels from one hour after START to another, of a failure at a third."""
    return pl.concat([labels((a, b), unit=unit).with_columns(failure_at=pl.lit(hour(at))) for a, b, at in spans])


def noisy_fleet(units: int, hours: int, seed: int = 0, lift: float = 1.5) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Units with normally distributed scores, lifted in two labelled events of ten hours each."""
    draw = np.random.default_rng(seed)
    frames, known = [], []
    for number in range(units):
        spans = [(at, at + 10) for at in (hours // 4, hours // 2)]
        score = draw.normal(size=hours)
        for a, b in spans:
            score[a:b] += lift
        flags = "".join("x" if value > 2 else "." for value in score)
        frames.append(scored(flags, f"u{number:02}", score.tolist()))
        known.append(failing(*[(a, b, b) for a, b in spans], unit=f"u{number:02}"))
    return pl.concat(frames), pl.concat(known)
