"""Features in CPU time, side by side with the same 24 columns by pandas groupby-rolling.

    python benchmarks/features.py --units 20 --days 10 --rounds 5

Rounds alternate between the two, in one process pinned to one core; the figure is the median of the rounds' ratios,
which a busy machine disturbs little. pandas gives unbiased skewness and kurtosis, features biased ones: comparable
work, so only the other columns are compared in value.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.features import build_features

START = datetime(2024, 1, 1, tzinfo=UTC)
STATISTICS = ("mean", "std", "min", "max", "rms", "skewness", "kurtosis")
WINDOWS, LAGS, CYCLES = {"1h": 60, "2h": 120}, (1, 5, 60), ("hour_of_day", "day_of_week", "day_of_year")


def main() -> None:
    """Print the ratio and the rate."""
    options = arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cleaned, fleet, end = recording(options), fleet_of_one_sensor(), START + timedelta(days=options.days)
    wide = cleaned.to_pandas()

    def ours() -> Any:
        return build_features(cleaned, fleet, START, end)

    compare(ours(), pandas_features(wide))
    rounds = [(cpu_seconds(ours), cpu_seconds(lambda: pandas_features(wide))) for _ in range(options.rounds)]
    own, other = (median(column) for column in zip(*rounds, strict=True))
    print(f"{cleaned.height:,} rows x 24 float64 features, {options.rounds} rounds")
    print(f"features  {own:8.3f} CPU s  {cleaned.height / own / 1e6:6.2f} M rows per CPU second")
    print(f"pandas    {other:8.3f} CPU s  {cleaned.height / other / 1e6:6.2f} M rows per CPU second")
    ratios = sorted(slow / fast for fast, slow in rounds)
    print(f"ratio     {median(ratios):8.1f}x (rounds {ratios[0]:.1f} to {ratios[-1]:.1f})")


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def recording(options: argparse.Namespace) -> pl.DataFrame:
    """One sensor of every unit, every minute."""
    times = pl.datetime_range(START, START + timedelta(days=options.days), "1m", closed="left", eager=True)
    units = [f"unit_{number:03d}" for number in range(options.units)]
    reading = 8 + 0.3 * np.random.default_rng(options.seed).standard_normal(len(units) * len(times))
    return pl.DataFrame(
        {"unit_id": np.repeat(units, len(times)), "time": pl.concat([times] * len(units)), "a": reading}
    )


def fleet_of_one_sensor() -> FleetConfig:
    """The fleet whose features are timed."""
    windows = {name: {"length": name, "statistics": STATISTICS} for name in WINDOWS}
    features = {"windows": windows, "lags": [f"{lag}m" for lag in LAGS], "calendar": CYCLES}
    document = {
        "fleet": "benchmark",
        "sampling": "1m",
        "source": {"format": "table", "folder": "raw"},
        "sensors": {"a": {}},
        "features": features,
        "training": {"window": {"first": "2d"}},
        "detectors": {"deviation": {"kind": "deviation"}},
    }
    return FleetConfig.model_validate(document)


def pandas_features(wide: Any) -> Any:
    """The same columns the usual way."""
    import pandas as pd

    by_unit, squares = wide.groupby("unit_id")["a"], (wide["a"] ** 2).groupby(wide["unit_id"])
    columns = {"unit_id": wide["unit_id"], "time": wide["time"], "a__raw": wide["a"]}
    for name, width in WINDOWS.items():
        rolling = by_unit.rolling(width, min_periods=width // 2)
        for statistic, method in zip(STATISTICS, ("mean", "std", "min", "max", "rms", "skew", "kurt"), strict=True):
            if statistic == "rms":
                values = np.sqrt(squares.rolling(width, min_periods=width // 2).mean().to_numpy())
            else:
                values = getattr(rolling, method)().to_numpy()
            columns[f"a__{statistic}_{name}"] = values
    columns |= {f"a__lag_{lag}": by_unit.shift(lag).to_numpy() for lag in LAGS}
    return pd.DataFrame(columns | pandas_calendar(wide["time"].dt))


def pandas_calendar(time: Any) -> dict[str, Any]:
    """Sine and cosine pairs of the three cycles."""
    minute = time.hour * 60 + time.minute
    shares = (minute / 1440, (time.day_of_week * 1440 + minute) / 10080)
    shares += (((time.day_of_year - 1) * 1440 + minute) / (1440 * (365 + time.is_leap_year)),)
    angles = {cycle: 2 * np.pi * share.to_numpy() for cycle, share in zip(CYCLES, shares, strict=True)}
    return {f"{cycle}_{part.__name__}": part(angle) for cycle, angle in angles.items() for part in (np.sin, np.cos)}


def compare(ours: pl.DataFrame, pandas: Any) -> None:
    """Print the largest difference of the columns that are defined alike."""
    alike = [name for name in ours.columns if name in pandas and pandas[name].dtype == float]
    alike = [name for name in alike if not any(name.startswith(f"a__{biased}") for biased in ("skew", "kurt"))]
    kept = pandas.merge(ours.select("unit_id", time="window_start").to_pandas(), on=["unit_id", "time"])
    worst = max(float(np.nanmax(np.abs(ours[name].to_numpy() - kept[name].to_numpy()))) for name in alike)
    print(f"largest difference to pandas in {len(alike)} columns of one definition: {worst:.1e}")


def cpu_seconds(call: Callable[[], Any]) -> float:
    """CPU time of one call, of all its threads."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
