"""Severity in CPU time: the whole series beside a pandas evaluation of the same rules, and the causal detector.

    python benchmarks/severity.py                    # one reading a minute of 100 units over 90 days
    python benchmarks/severity.py --quick

In one process pinned to one core; pandas evaluates ``--by-pandas`` of the units, which is what its rate is of.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl
from severity_by_pandas import severity_by_pandas

from anomaly_assets.config import FleetConfig
from anomaly_assets.detectors import build_detector
from anomaly_assets.features import build_features
from anomaly_assets.features.severity import whole_series_severity

START, MINUTE = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=1)


def main() -> None:
    """Print rates and their ratios."""
    options = arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    readings = recording(options)
    few = readings.filter(pl.col("unit_id").is_in(readings["unit_id"].unique().sort()[: options.by_pandas].implode()))
    wide, little = few.to_pandas(), readings.head(10_000)
    (
        whole_series_severity(little, MINUTE),
        severity_by_pandas(little.to_pandas()),
        scored(little),
    )  # what loads, loads now
    own, whole = timed(lambda: whole_series_severity(readings, MINUTE))
    slow, pandas = timed(lambda: severity_by_pandas(wide))
    causal, _ = timed(lambda: scored(readings))
    alike = whole.filter(pl.col("unit_id").is_in(few["unit_id"].unique().implode()))
    worst = max(float(np.abs(alike[name].to_numpy() - pandas[name].to_numpy()).max()) for name in alike.columns[2:])
    print(f"{readings.height:,} readings; pandas on {few.height:,} of them; largest difference {worst:.1e}")
    rate = few.height / slow
    print(f"pandas        {slow:8.2f} CPU s  {rate / 1e6:6.2f} M rows per CPU second")
    for name, seconds in (("whole series", own), ("causal", causal)):
        reached = readings.height / seconds
        print(f"{name:12s}  {seconds:8.2f} CPU s  {reached / 1e6:6.2f} M rows per CPU second  {reached / rate:5.1f}x")


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--by-pandas", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="10 units, 10 days")
    options = parser.parse_args()
    if options.quick:
        options.units, options.days = 10, 10
    return options


def recording(options: argparse.Namespace) -> pl.DataFrame:
    """Dissolved oxygen by the minute: a daily cycle, noise, and here and there a frozen probe or a leap."""
    rows = options.days * 1440
    times = pl.datetime_range(START, START + options.days * timedelta(days=1), "1m", closed="left", eager=True)
    cycle = 0.8 * np.sin(2 * np.pi * np.arange(rows) / 1440)
    parts = []
    for number in range(options.units):
        random = np.random.default_rng([options.seed, number])
        value = (9 + cycle + 0.3 * random.standard_normal(rows)).round(2)
        frozen = int(random.integers(0, rows - 500))
        value[frozen : frozen + 400] = value[frozen]
        value[random.integers(0, rows, 20)] += 5
        parts.append(pl.DataFrame({"unit_id": f"unit_{number:03d}", "time": times, "value": value}))
    return pl.concat(parts).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))


def scored(readings: pl.DataFrame) -> np.ndarray:
    """Features of every reading and the detector's score of it, learnt from the first week."""
    fleet = fleet_of_one_sensor()
    features = build_features(
        readings.rename({"value": "oxygen"}),
        fleet,
        START,
        readings["time"].max() + MINUTE,  # type: ignore[operator]
    )
    learnt_from = features.filter(pl.col("window_start") < START + timedelta(days=7))
    return build_detector("rule_severity").fit(learnt_from).score(features)


def fleet_of_one_sensor() -> FleetConfig:
    """A fleet with the features that the rules read."""
    statistics = {"1h": ("z", "std", "unchanged", "reversal"), "2h": ("mean_abs_z",)}
    document: dict[str, Any] = {
        "fleet": "benchmark",
        "sampling": "1m",
        "source": {"format": "table", "folder": "raw"},
        "sensors": {"oxygen": {}},
        "features": {"windows": {name: {"length": name, "statistics": of} for name, of in statistics.items()}},
        "training": {"window": {"first": "7d"}},
        "detectors": {"rule_severity": {"kind": "rule_severity"}},
    }
    return FleetConfig.model_validate(document)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, and what came of it."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    main()
