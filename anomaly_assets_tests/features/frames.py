"""Readings for the tests of this folder, and the plain evaluation of one window that everything is measured against."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import known_statistics
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 2, 28, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIME_DOMAIN = tuple(name for name, known in known_statistics().items() if known.kind in {"two_moments", "moments"})


def one_sensor(statistics: tuple[str, ...] = TIME_DOMAIN, **features: Any) -> FleetConfig:
    """A fleet of one sensor `a` with windows of 5 and 30 minutes."""
    windows = {name: {"length": name, "statistics": statistics, "min_share": 0.4} for name in ("5m", "30m")}
    return small_fleet(sensors={"a": {}}, features={"windows": windows, "lags": ["3m"]} | features)


def readings(values: dict[str, Any], start: datetime = START, step: timedelta = MINUTE) -> pl.DataFrame:
    """One row per unit and step with sensor `a`; None leaves the row out, NaN makes the reading null."""
    rows = [
        {"unit_id": unit, "time": start + place * step, "a": None if np.isnan(value) else float(value)}
        for unit, series in values.items()
        for place, value in enumerate(series)
        if value is not None
    ]
    return pl.DataFrame(rows, schema={"unit_id": pl.String, "time": pl.Datetime("us", "UTC"), "a": pl.Float64})


def evaluated(window: Any) -> dict[str, float]:
    """Every statistic of one window by numpy and scipy; window is (width,) with NaN where missing."""
    x = window[~np.isnan(window)]
    rms, varies = np.sqrt(np.mean(np.square(x))), np.ptp(x) > 0
    found = {"mean": x.mean(), "min": x.min(), "max": x.max(), "rms": rms, "peak": np.abs(x).max()}
    found["std"] = x.std(ddof=1) if len(x) > 1 else np.nan
    found["crest_factor"] = found["peak"] / rms if rms else np.nan
    found["skewness"] = stats.skew(x) if varies else np.nan
    found["kurtosis"] = stats.kurtosis(x) if varies else np.nan
    found["z"] = (window[-1] - x.mean()) / found["std"] if varies else 0.0 * window[-1]
    return found if len(x) > 1 else found | {"z": np.nan}


def expected(series: Any, width: int, share: float) -> dict[str, np.ndarray]:
    """Every statistic at every step of a dense series, (steps,) each; NaN where too few readings are present."""
    padded = np.concatenate([np.full(width - 1, np.nan), np.asarray(series, dtype=float)])
    rows = []
    for window in np.lib.stride_tricks.sliding_window_view(padded, width):
        enough = np.count_nonzero(~np.isnan(window)) >= max(1, np.ceil(share * width - 1e-9))
        rows.append(evaluated(window) if enough else dict.fromkeys(TIME_DOMAIN, np.nan))
    return {name: np.array([row[name] for row in rows]) for name in TIME_DOMAIN}
