"""Severity in CPU time: the whole series beside a pandas evaluation of the same rules, and the causal detector.

    python benchmarks/severity.py                    # one reading a minute of 100 units over 90 days
    python benchmarks/severity.py --quick

In one process pinned to one core. Each works on ``--at-once`` units at a time, in memory that the one before has given
back, and is told at its best of ``--rounds`` rounds that take turns, so that what else the machine does hits all alike;
pandas evaluates the first units only, which is what its rate is of. Causal is from readings to features to the score of
every reading, learnt from the first week; once more with one window every five minutes, as the shipped fleet has it.
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
    size = options.at_once * options.days * 1440
    parts = [readings[start : start + size] for start in range(0, readings.height, size)]
    few = parts[0].to_pandas()
    own, pandas = whole_series_severity(parts[0], MINUTE), severity_by_pandas(few)
    worst = max(float(np.abs(own[name].to_numpy() - pandas[name].to_numpy()).max()) for name in own.columns[2:])
    print(f"{readings.height:,} readings; pandas on {len(few):,} of them; largest difference {worst:.1e}")
    works = {
        "pandas": (len(few), lambda: severity_by_pandas(few)),
        "whole series": (readings.height, lambda: one_by_one(parts, lambda part: whole_series_severity(part, MINUTE))),
        "causal": (readings.height, lambda: one_by_one(parts, lambda part: scored(part, "1m"))),
        "causal, 5m": (readings.height, lambda: one_by_one(parts, lambda part: scored(part, "5m"))),
    }
    scored(parts[0], "1m")  # what loads, loads now
    seconds = [{name: timed(work) for name, (_, work) in works.items()} for _ in range(options.rounds)]
    rates = {name: rows / min(round_[name] for round_ in seconds) for name, (rows, _) in works.items()}
    for name, rate in rates.items():
        each, faster = 1e9 / rate, rate / rates["pandas"]
        print(f"{name:12s}  {each:6.0f} ns of CPU a reading  {rate / 1e6:6.2f} M readings a second  {faster:5.1f}x")


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--at-once", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
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
    return pl.concat(parts, rechunk=True).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))


def scored(readings: pl.DataFrame, every: str) -> np.ndarray:
    """Features of readings and the detector's score of them, learnt from the first week."""
    end = readings["time"].max() + MINUTE  # type: ignore[operator]
    features = build_features(readings.rename({"value": "oxygen"}), fleet_of_one_sensor(every), START, end)
    learnt_from = features.filter(pl.col("window_start") < START + timedelta(days=7))
    return build_detector("rule_severity").fit(learnt_from).score(features)


def fleet_of_one_sensor(every: str) -> FleetConfig:
    """A fleet with the features that the rules read."""
    statistics = {"1h": ("z", "std", "unchanged", "reversal"), "2h": ("mean_abs_z",)}
    document: dict[str, Any] = {
        "fleet": "benchmark",
        "sampling": "1m",
        "source": {"format": "table", "folder": "raw"},
        "sensors": {"oxygen": {}},
        "features": {
            "every": every,
            "windows": {name: {"length": name, "statistics": of} for name, of in statistics.items()},
        },
        "training": {"window": {"first": "7d"}},
        "detectors": {"rule_severity": {"kind": "rule_severity"}},
    }
    return FleetConfig.model_validate(document)


def one_by_one(parts: list[pl.DataFrame], work: Callable[[pl.DataFrame], Any]) -> None:
    """Do the work on each part, and forget what came of it, so that memory goes round."""
    for part in parts:
        work(part)


def timed(work: Callable[[], Any]) -> float:
    """CPU seconds of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
