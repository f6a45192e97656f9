"""What detectors of shapes are worth on recordings nobody made for them; fitted on the early, healthy part only."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector, fit_detector, score_windows
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.location import robust_location
from anomaly_assets.detectors.periods import period_of

pytestmark = pytest.mark.real_data

SLACK = 100
"""Steps by which the UCR archive's rule lets the highest score miss the anomaly."""

MINUTE = 60_000_000


def frame_of(readings: np.ndarray, training: int) -> pl.DataFrame:
    center, scale = robust_location(readings[:training])
    scaled = np.clip((readings - center) / scale, -50, 50)
    start = pl.Series("window_start", np.arange(len(readings)) * MINUTE)
    keys = [pl.Series("unit_id", ["u"] * len(readings)), start, (start + MINUTE).alias("window_end")]
    moments = pl.DataFrame(keys).with_columns(pl.col("^window_.*$").cast(pl.Datetime("us", "UTC")))
    return moments.with_columns([pl.Series(f"s{place}__raw", column) for place, column in enumerate(scaled.T)])


def hits(path: Path, kind: str, periods: float, params: dict[str, object]) -> bool:
    """Whether the highest score of the test part lies at the anomaly."""
    found = re.search(r"_(\d+)_(\d+)_(\d+)\.txt", path.name)
    assert found
    training, first, last = map(int, found.groups())
    series = np.array(gzip.decompress(path.read_bytes()).split(), dtype=float)
    steps = round(periods * (period_of(series[:training]) or 100))
    frame = frame_of(series[:, None], training)
    detector = fit_detector(build_detector(kind, params | {"steps": steps}), frame[:training])
    score = score_windows(detector, frame)[training:]
    return first - SLACK <= training + int(score.argmax()) <= last + SLACK


@pytest.mark.parametrize(
    ("kind", "periods", "params", "at_least"),
    [
        ("window_nearest_neighbour", 0.5, {"level": 0.1}, 0.9),
        ("kmeans_windows", 0.5, {"level": 0.1}, 0.75),
    ],
)
def test_odd_shapes_of_bleeding_hearts_are_where_the_score_is_highest(
    real: Callable[[str], Path], kind: str, periods: float, params: dict[str, object], at_least: float
) -> None:
    paths = sorted(real("ucr_full").glob("*InternalBleeding*.txt.gz"))
    assert len(paths) >= 10
    assert np.mean([hits(path, kind, periods, params) for path in paths]) >= at_least


@pytest.mark.parametrize(("kind", "at_least"), [("sub_pca", 0.85), ("cusum", 0.8), ("kmeans_windows", 0.75)])
def test_faults_of_the_pump_loop_rank_above_its_normal_run(
    real: Callable[[str], Path], kind: str, at_least: float
) -> None:
    areas = []
    for path in sorted(real("skab").rglob("*.csv")):
        table = pl.read_csv(path, separator=";")
        if "anomaly" in table.columns and 0 < (truth := table["anomaly"].to_numpy()[400:] == 1).sum() < len(truth):
            frame = frame_of(table.drop("datetime", "anomaly", "changepoint").to_numpy(), 400)
            score = score_windows(fit_detector(build_detector(kind), frame[:400]), frame)[400:]
            areas.append(roc_auc(score[~truth], score[truth]))
    assert np.mean(areas) > at_least
