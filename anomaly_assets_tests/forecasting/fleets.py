"""Small fleets with a daily cycle, at one reading an hour, and a forecaster of them that is quickly learnt."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from anomaly_assets.config import ForecastConfig

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEVELS = {"a|1 x": 9.0, "b": 90.0, "c": 0.9}
"""Units of very different levels; one name has a | and a space."""


def settings(**changes: Any) -> ForecastConfig:
    """Settings that learn in a second."""
    document: dict[str, Any] = {
        "sensor": "oxygen",
        "horizon": "2d",
        "lags": ["1h", "6h"],
        "means": ["2h", "6h", "3d"],
        "validation": "14d",
        "test": "14d",
        "grid": {"learning_rate": [0.1], "max_depth": [3]},
        "iterations": 20,
        "interval_iterations": 20,
        "min_rows_leaf": 50,
        "max_rows": 6000,
        "folds": 3,
    }
    return ForecastConfig.model_validate(document | changes)


def readings(days: int = 90, seed: int = 0, levels: dict[str, float] | None = None) -> pl.DataFrame:
    """Make a day's cycle on a slowly wandering level, alike for all units but for their measure."""
    parts = []
    for number, (unit, level) in enumerate((levels or LEVELS).items()):
        chance = np.random.default_rng(seed + number)
        hours = np.arange(days * 24)
        wander = np.empty(len(hours))
        shocks, wander[0] = chance.normal(0, 0.02, len(hours)), 0.0
        for k in range(1, len(hours)):
            wander[k] = 0.985 * wander[k - 1] + shocks[k]
        value = level * (1 + 0.05 * np.sin(2 * np.pi * hours / 24) + wander)
        times = pl.datetime_range(START, START + (len(hours) - 1) * HOUR, HOUR, time_unit="us", eager=True)
        parts.append(pl.DataFrame({"unit_id": [unit] * len(hours), "time": times, "value": value}))
    return pl.concat(parts)
