"""Windows of one unit to train and to judge on, and the report on them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from anomaly_assets.config import DriftConfig
from anomaly_assets.monitoring import ReferenceProfile, drift_report

START = datetime(2024, 3, 1, tzinfo=UTC)
FEATURES = ["a__raw", "a__mean_1h", "b__raw", "b__mean_1h", "c__raw"]


def windows(columns: dict[str, np.ndarray], start: datetime, days: int) -> pl.DataFrame:
    """Windows of one unit, evenly spread over some days."""
    n = len(next(iter(columns.values())))
    step = timedelta(days=days) / n
    times = [start + step * i for i in range(n)]
    keys = {"unit_id": ["u"] * n, "window_start": times, "window_end": [time + step for time in times]}
    return pl.DataFrame(keys | columns).cast({pl.Datetime: pl.Datetime("us", "UTC")})


def normal(n: int, seed: int, shift: float = 0.0, start: datetime = START, days: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return windows({name: rng.normal(size=n) + shift for name in FEATURES}, start, days)


def scored(scaled: pl.DataFrame, seed: int = 0, shift: float = 0.0) -> pl.DataFrame:
    score = np.random.default_rng(seed).gamma(2, size=scaled.height) + shift
    return scaled.select("unit_id", "window_start").with_columns(score=pl.Series(score))


def no_missing(scaled: pl.DataFrame) -> pl.Series:
    return pl.Series(np.zeros(scaled.height))


def trained(training: pl.DataFrame, **options) -> ReferenceProfile:
    score = scored(training)["score"].to_numpy()
    return ReferenceProfile.from_training(training, score, no_missing(training), **options)


def report(scaled, profile, scores=None, missing=None, **config) -> pl.DataFrame:
    scores = scored(scaled, 5) if scores is None else scores
    missing = no_missing(scaled) if missing is None else missing
    return drift_report(scaled, scores, missing, profile, DriftConfig(**config), model_version=3)


def verdict(found: pl.DataFrame, quantity: str = "day") -> bool:
    return found.filter(quantity=quantity)["drifted"].item()
