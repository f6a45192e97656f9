"""Promised against realised share of false alarms, static methods beside the adaptive one.

    python benchmarks/calibration.py [--data FOLDER]      # FOLDER/skab/anomaly-free/anomaly-free.csv
    python benchmarks/calibration.py --synthetic

On SKAB's anomaly-free recording: fitted on the first 3,000 s, calibrated up to 5,000 s, counted on the rest. On made-up
scores: steady, drifting at several speeds, each white and autocorrelated; then lasting steps, and which share of them
still alarms. The defaults of adaptive_budget were chosen with the SKAB recording in view, so its figures there confirm
nothing independently.
"""

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.signal import lfilter

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import feature_columns
from anomaly_assets.detectors import build_detector, fit_detector, score_windows
from anomaly_assets.features import Scaler, build_features
from anomaly_assets.thresholds import Calibration, calibrate, calibration_table, follow

DETECTORS = ("deviation", "hotelling_t2_q", "isolation_forest")
FEATURES = {
    "raw": {"raw": True},
    "20-s mean": {"raw": False, "windows": {"20s": {"length": "20s", "statistics": ["mean"]}}},
}
FIT, CALIBRATED = timedelta(seconds=3000), timedelta(seconds=5000)
TARGETS = (0.01, 0.001)
ROWS, KNOWN = 22_000, 2_000


def recorded(path: Path) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The recording as cleaned readings of one unit, and its sensors."""
    read = pl.read_csv(path, separator=";", try_parse_dates=True).rename(lambda name: name.lower().replace(" ", "_"))
    time = pl.col("datetime").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("time")
    sensors = tuple(name for name in read.columns if name != "datetime")
    return read.select(pl.lit("loop").alias("unit_id"), time, *sensors), sensors


def scored(readings: pl.DataFrame, sensors: tuple[str, ...], features: dict, kind: str) -> pl.DataFrame:
    """Windows with the score of a detector fitted on the first of them."""
    fleet = FleetConfig.model_validate(
        {
            "fleet": "loop",
            "sampling": "1s",
            "source": {"format": "skab", "folder": "."},
            "sensors": {sensor: {} for sensor in sensors},
            "features": features,
            "training": {"window": {"first": "3000s"}},
            "detectors": {"only": {"kind": kind}},
        }
    )
    first, last = readings["time"].min(), readings["time"].max()
    windows = build_features(readings, fleet, first, last + timedelta(seconds=1))
    taught = windows.filter(pl.col("window_start") < first + FIT)
    scaler = Scaler().fit(taught, list(feature_columns(fleet)))
    detector = fit_detector(build_detector(kind, {}, seed=0), scaler.transform(taught))
    score = score_windows(detector, scaler.transform(windows))
    return windows.select("unit_id", "window_start", "window_end").with_columns(score=pl.Series(score))


def calibration(windows: pl.DataFrame) -> Calibration:
    """The same windows as a calibration."""
    return Calibration(*(windows[name] for name in ("unit_id", "window_start", "window_end", "score")))


def on_skab(folder: Path) -> None:
    """Print one line per detector, features and target, a column per method."""
    readings, sensors = recorded(folder / "skab" / "anomaly-free" / "anomaly-free.csv")
    start, tables = readings["time"].min(), []
    since = pl.col("window_start") - start
    for kind in DETECTORS:
        for name, features in FEATURES.items():
            windows = scored(readings, sensors, features, kind)
            known = calibration(windows.filter((since >= FIT) & (since < CALIBRATED)))
            later = calibration(windows.filter(since >= CALIBRATED))
            table = calibration_table(known, later, TARGETS)
            tables.append(table.with_columns(detector=pl.lit(kind), features=pl.lit(name)))
            print(f"{kind}, {name}: {len(known.score)} windows calibrate, {len(later.score)} are counted")
    show(pl.concat(tables))


def show(table: pl.DataFrame) -> None:
    """Realised share in percent, and what was refused and why."""
    percent = pl.col("realised").mul(100).round(2)
    wide = table.with_columns(percent).pivot(
        "method", index=["detector", "features", "target"], values="realised", maintain_order=True
    )
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print("realised false alarms in percent; null: refused")
        print(wide.sort("target", descending=True, maintain_order=True))
    for row in table.filter(pl.col("refused").is_not_null()).iter_rows(named=True):
        print(f"{row['method']} at {row['target']:g} on {row['detector']}, {row['features']}: {row['refused']}")


def noise(memory: float, random: np.random.Generator) -> np.ndarray:
    """Standard normal, each value correlated by `memory` with the one before."""
    settled = lfilter([np.sqrt(1 - memory**2)], [1, -memory], random.standard_normal(ROWS + 2000))
    return np.asarray(settled)[2000:]


def as_minutes(score: np.ndarray) -> pl.DataFrame:
    """One window a minute of one unit."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    start = pl.datetime_range(first, first + timedelta(minutes=score.size - 1), "1m", eager=True).cast(
        pl.Datetime("us", "UTC")
    )
    columns = {"window_start": start, "window_end": start + timedelta(minutes=1), "score": score}
    return pl.DataFrame({"unit_id": pl.repeat("u", score.size, eager=True)} | columns)


def on_synthetic(seed: int) -> None:
    """Print realised shares by drift and memory, and the share of lasting steps that alarms."""
    time = np.maximum(0, np.arange(ROWS) - KNOWN) / 1000
    drifts = {
        "steady": 0 * time,
        "slow (6 widths)": 0.6 * time,
        "waves": 2 * np.sin(time),
        "fast waves": 2 * np.sin(4 * time),
        "beyond the hard limit": 4 * time,
    }
    random, tables = np.random.default_rng(seed), []
    for memory in (0.0, 0.9, 0.98):
        for name, drift in drifts.items():
            windows = as_minutes(np.abs(noise(memory, random)) + drift)
            table = calibration_table(calibration(windows[:KNOWN]), calibration(windows[KNOWN:]), TARGETS)
            tables.append(table.with_columns(detector=pl.lit(name), features=pl.lit(f"memory {memory:g}")))
    show(pl.concat(tables))
    print("share of a step of 600 windows that alarms, in percent, static and adaptive")
    for memory in (0.0, 0.9):
        for size in (1.5, 2.5, 4, 8):
            shares = np.mean([step(memory, size, random) for _ in range(5)], axis=0)
            print(f"memory {memory:<4g} step of {size:<4g} widths {100 * shares[0]:8.1f} {100 * shares[1]:8.1f}")


def step(memory: float, size: float, random: np.random.Generator) -> tuple[float, float]:
    """Share of a lasting step that alarms: by the calibrated value, and by the moving one."""
    score = np.abs(noise(memory, random))
    known = calibration(as_minutes(score)[:KNOWN])
    threshold = calibrate("adaptive_budget", {}, known)
    score[5000:5600] += size * (threshold.value - np.median(score[:KNOWN]))
    windows = as_minutes(score)[KNOWN:]
    keys = (windows[name] for name in ("unit_id", "window_start", "window_end", "score"))
    flags = follow(threshold, *keys, {}).flags
    here = slice(5000 - KNOWN, 5600 - KNOWN)
    return float(np.mean(threshold.flags(score[5000:5600]))), float(np.mean(flags[here]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ANOMALY_DATA", "data")))
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.synthetic:
        on_synthetic(given.seed)
    else:
        on_skab(given.data)
