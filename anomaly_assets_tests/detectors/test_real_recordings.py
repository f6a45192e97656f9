"""What the detectors are worth on recordings nobody made for them; fitted on the early, healthy part only."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.location import robust_location

pytestmark = pytest.mark.real_data

Recordings = list[tuple[pl.DataFrame, pl.DataFrame, np.ndarray]]
"""Training windows, windows to score, and which of those are anomalous; one entry a file or a fold."""


def with_trailing_mean(frame: pl.DataFrame, sensors: Sequence[str], rows: int, over: str | None = None) -> pl.DataFrame:
    trailing = [pl.col(sensor).rolling_mean(rows, min_samples=1) for sensor in sensors]
    named = [column.over(over) if over else column for column in trailing]
    return frame.with_columns(
        *[pl.col(sensor).alias(f"{sensor}__raw") for sensor in sensors],
        *[column.alias(f"{sensor}__mean_{rows}") for sensor, column in zip(sensors, named, strict=True)],
    )


def scaled(training: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in frame.columns if "__" in name]
    center, scale = robust_location(training.select(columns).to_numpy())
    return pl.DataFrame(((frame.select(columns).to_numpy() - center) / scale).clip(-50, 50), schema=columns)


def pump_loop(folder: Path) -> Recordings:
    """SKAB: the first 400 rows of each file teach, the rest is scored."""
    found: Recordings = []
    for path in sorted(folder.rglob("*.csv")):
        frame = pl.read_csv(path, separator=";")
        if "anomaly" in frame.columns:
            sensors = [name for name in frame.columns if name not in {"datetime", "anomaly", "changepoint"}]
            windows = with_trailing_mean(frame, sensors, 20)
            truth = frame["anomaly"].to_numpy()[400:] == 1
            if 0 < truth.sum() < len(truth):
                found.append((scaled(windows[:400], windows[:400]), scaled(windows[:400], windows[400:]), truth))
    return found


def turbofan(folder: Path) -> Recordings:
    """C-MAPSS FD001: the first 60 cycles of four fifths of the engines teach, the other engines are scored whole."""
    sensors = [f"s{number}" for number in range(1, 22)]
    readings = np.loadtxt(folder / "train_FD001.txt")
    frame = pl.DataFrame(readings[:, [0, 1, *range(5, 26)]], schema=["unit", "cycle", *sensors])
    windows = with_trailing_mean(frame, sensors, 10, over="unit")
    left = pl.col("cycle").max().over("unit") - pl.col("cycle")
    training = windows.filter((pl.col("unit") % 5 != 0) & (pl.col("cycle") <= 60))
    asked = windows.with_columns(left=left).filter(pl.col("unit") % 5 == 0)
    return [(scaled(training, training), scaled(training, asked), (asked["left"] <= 30).to_numpy())]


def mean_auc(kind: str, recordings: Recordings) -> float:
    areas = []
    for training, asked, truth in recordings:
        score = build_detector(kind).fit(training).score(asked)
        areas.append(roc_auc(score[~truth], score[truth]))
    return float(np.mean(areas))


@pytest.mark.parametrize(("kind", "at_least"), [("hotelling_t2_q", 0.85), ("deviation", 0.83)])
def test_faults_of_the_pump_loop_rank_above_its_normal_run(
    real: Callable[[str], Path], kind: str, at_least: float
) -> None:
    assert mean_auc(kind, pump_loop(real("skab"))) > at_least


@pytest.mark.parametrize(
    ("kind", "at_least"), [("deviation", 0.97), ("isolation_forest", 0.96), ("hotelling_t2_q", 0.90)]
)
def test_the_last_cycles_of_an_engine_rank_above_its_life(
    real: Callable[[str], Path], kind: str, at_least: float
) -> None:
    assert mean_auc(kind, turbofan(real("cmapss"))) > at_least


@pytest.mark.parametrize("folder", ["skab", "cmapss"])
def test_the_baseline_is_at_chance(real: Callable[[str], Path], folder: str) -> None:
    recordings = pump_loop(real(folder)) if folder == "skab" else turbofan(real(folder))
    assert abs(mean_auc("random_score", recordings) - 0.5) < 0.04


def test_any_sensor_of_a_healthy_engine_that_shifts_is_named(real: Callable[[str], Path]) -> None:
    """Seven robust standard deviations; sensors that never change on this rig are left out."""
    training, asked, truth = turbofan(real("cmapss"))[0]
    detector, healthy = build_detector("hotelling_t2_q").fit(training), asked.filter(pl.Series(~truth))[-200:]
    for position, sensor in enumerate(detector.explain(healthy).columns):
        if training[f"{sensor}__raw"].std() > 1e-6:
            explained = detector.explain(healthy.with_columns(pl.col(f"^{sensor}__.*$") + 7.0)).to_numpy()
            assert (explained.argmax(axis=1) == position).mean() > 0.95, sensor
