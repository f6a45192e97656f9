"""The week ahead of a fleet in CPU time, beside a loop that makes one row and asks scikit-learn once per step and unit.

    python benchmarks/forecast.py [--quick]

One-minute steps, 100 units, 7 days. The loop is the usual one: the trees are those of the same one-step model, grown by
scikit-learn; some steps of it are timed and the rest is counted up, since every step costs the same. Times are process
CPU time on one core. The first runs of both are left out: loops are compiled then.
"""

import argparse
import os
import time
from datetime import UTC, datetime, timedelta
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor

from anomaly_assets.config import ForecastConfig
from anomaly_assets.forecasting import Forecaster, learn_forecaster
from anomaly_assets.forecasting.layout import Layout
from anomaly_assets.forecasting.panel import Panel
from anomaly_assets.forecasting.recursive import draw, one_step_rows

START, MINUTE = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=1)
DAYS = 38


def main() -> None:
    """Print CPU seconds of both strategies and of the loop, and the ratios."""
    options = arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    readings = fleet(options.units)
    few = readings.filter(pl.col("unit_id").is_in(readings["unit_id"].unique().sort()[:3]))
    config = ForecastConfig.model_validate(
        {
            "sensor": "oxygen",
            "validation": "8d",
            "test": "8d",
            "grid": {"learning_rate": [0.05], "max_depth": [8]},
            "iterations": options.trees,
            "folds": 2,
            "max_rows": 6_000,
            "origins_every": "93h",
            "min_rows_leaf": 20,
        }
    )
    forecaster = learn_forecaster(few, config, MINUTE).forecaster
    loop = options.units * looped(few, forecaster, options.steps) * forecaster.layout.horizon
    print(f"{options.units} units, 7 days of one-minute steps, {options.trees} trees")
    print(f"loop, a row per step and unit   {loop:10.1f} CPU s, counted up from {options.steps} steps")
    for strategy in ("recursive", "direct"):
        whole = timed(readings, forecaster, strategy)
        print(f"{strategy:10s} with 4 quantiles     {whole:10.1f} CPU s   {loop / whole:6.0f}x")
    alone = recursion(readings, forecaster)
    print(f"recursion alone                 {alone:10.1f} CPU s   {loop / alone:6.0f}x")


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="10 units, 60 trees, 50 steps of the loop")
    options = parser.parse_args()
    if options.quick:
        options.units, options.trees, options.steps = 10, 60, 50
    return options


def fleet(units: int) -> pl.DataFrame:
    """A day's cycle with noise, for many units."""
    minutes, chance = np.arange(DAYS * 1440), np.random.default_rng(0)
    times = pl.datetime_range(START, START + (len(minutes) - 1) * MINUTE, MINUTE, time_unit="us", eager=True)
    cycle = 9 + 0.4 * np.sin(2 * np.pi * minutes / 1440)
    parts = [
        pl.DataFrame(
            {"unit_id": [f"unit_{k:03d}"] * len(minutes), "time": times, "value": cycle + noise(chance, len(minutes))}
        )
        for k in range(units)
    ]
    return pl.concat(parts)


def noise(chance: np.random.Generator, count: int) -> np.ndarray:
    """A slow wander and a little white noise."""
    return np.cumsum(chance.normal(0, 0.004, count)) * 0.5 + chance.normal(0, 0.02, count)


def timed(readings: pl.DataFrame, forecaster: Forecaster, strategy: str) -> float:
    """CPU seconds of the week ahead of all units, frames in and out."""
    given = {name: getattr(forecaster, name) for name in forecaster.__dataclass_fields__}
    asked = Forecaster(**given | {"strategy": strategy})
    origin = START + timedelta(days=DAYS) - MINUTE
    asked.forecast(readings.filter(pl.col("unit_id") == "unit_000"), origin)
    begun = time.process_time()
    told, reasons = asked.forecast(readings, origin)
    spent = time.process_time() - begun
    assert not reasons and len(told) == readings["unit_id"].n_unique() * 7 * 1440
    return spent


def recursion(readings: pl.DataFrame, forecaster: Forecaster) -> float:
    """CPU seconds of the recursion alone, without intervals."""
    panel, layout = Panel.of(readings, forecaster.step), forecaster.layout
    units = np.arange(len(panel.units))
    begun = time.process_time()
    forecaster.recursion.run(panel, layout, units, np.full(len(units), panel.steps - 1))
    return time.process_time() - begun


def looped(readings: pl.DataFrame, forecaster: Forecaster, steps: int) -> float:
    """CPU seconds per step of a loop that makes one row and asks scikit-learn."""
    config, panel = forecaster.config, Panel.of(readings, forecaster.step)
    layout = Layout.of(config, panel.step)
    told, change = draw(panel, layout, config, ~np.isnan(panel.values), 0)
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_depth=8, max_iter=config.iterations, min_samples_leaf=20, early_stopping=False
    ).fit(told, change)
    series, spent = panel.reaching(0, panel.steps + steps), []
    for k in range(panel.steps - 1, panel.steps - 1 + steps):
        begun = time.process_time()
        row, spread = one_step_rows(series, layout, np.array([0]), np.array([k]))
        series.values[0, k + 1] = series.values[0, k] + spread[0] * model.predict(row)[0]
        spent.append(time.process_time() - begun)
    return median(spent)


if __name__ == "__main__":
    main()
