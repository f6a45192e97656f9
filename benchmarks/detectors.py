"""Speed of fit and score of every detector, per window, beside scikit-learn; memory of ten million windows.

    python benchmarks/detectors.py [--rows 200000] [--sensors 12] [--kinds deviation age] [--reference] [--memory]

CPU seconds of this process over all its threads, the best of three for scoring.
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from anomaly_assets.detectors import (
    Detector,
    build_detector,
    detector_class,
    explain_windows,
    fit_detector,
    kinds,
    score_windows,
)

FIRST, STRIDE = datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=1)


def windows(rows: int, sensors: int, seed: int = 0) -> pl.DataFrame:
    """Correlated sensors of one unit with a reading and two trailing means each, one window a minute."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal(rows)
    start = pl.datetime_range(FIRST, FIRST + STRIDE * (rows - 1), STRIDE, eager=True)
    keys = {"unit_id": pl.repeat("unit", rows, eager=True), "window_start": start, "window_end": start + STRIDE}
    features = [f"s{i}__{name}" for i in range(sensors) for name in ("raw", "mean_1h", "mean_6h")]
    return pl.DataFrame(keys | {name: 0.7 * shared + 0.7 * rng.standard_normal(rows) for name in features})


def cpu_seconds(ask: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of so many calls."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        ask()
        spent.append(time.process_time() - start)
    return min(spent)


def speed(rows: int, sensors: int, wanted: tuple[str, ...]) -> None:
    """One line a detector: fit, score, explain, one row."""
    training, frame = windows(20_000, sensors, seed=1), windows(rows, sensors)
    every = np.ones(rows, dtype=bool)
    print(f"{rows:,} windows x {3 * sensors} features; microseconds of CPU a window")
    for kind in wanted:
        detector = build_detector(kind)
        fit = cpu_seconds(lambda detector=detector: fit_detector(detector, training), 1)
        score_windows(detector, frame[:100])  # numba compiles here
        score = cpu_seconds(lambda detector=detector: score_windows(detector, frame), 3)
        single = cpu_seconds(lambda detector=detector: [score_windows(detector, frame[:1]) for _ in range(20)], 3) / 20
        explain = cpu_seconds(lambda detector=detector: explain_windows(detector, frame, every), 1)
        print(
            f"{kind:20} fit {fit:6.2f} s   score {score / rows * 1e6:6.2f}   explain {explain / rows * 1e6:6.2f}"
            f"   one row alone {single * 1e6:8.0f}",
            flush=True,
        )


def reference(rows: int, sensors: int) -> None:
    """The same forest, neighbours and support vectors, asked by scikit-learn."""
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.svm import OneClassSVM

    compare(
        "isolation_forest",
        windows(20_000, sensors, seed=1),
        windows(rows, sensors),
        IsolationForest(n_estimators=200, max_samples=256, random_state=0),
        precision=np.float32,
    )
    few = windows(min(rows, 20_000), sensors)
    compare("local_outlier_factor", windows(8000, sensors, seed=1), few, LocalOutlierFactor(novelty=True))
    compare("one_class_svm", windows(5000, sensors, seed=1), few, OneClassSVM(nu=0.05), log=True)


def compare(
    kind: str,
    training: pl.DataFrame,
    frame: pl.DataFrame,
    theirs: object,
    *,
    precision: type = float,
    log: bool = False,
) -> None:
    """One line: time of either, their largest difference, and how many of three quantiles' flags differ."""
    ours: Detector = build_detector(kind).fit(training)
    matrices = [np.ascontiguousarray(f.select(ours.feature_names_in_).to_numpy(), precision) for f in (training, frame)]
    theirs.fit(matrices[0])
    score, expected = ours.score(frame), -theirs.score_samples(matrices[1])
    if log:  # ours is minus the logarithm of the sum of kernels, from the boundary on
        expected = np.log(theirs.offset_[0]) - np.log(-expected)
    mine = cpu_seconds(lambda: ours.score(frame), 3)
    his = cpu_seconds(lambda: theirs.score_samples(matrices[1]), 3)
    flags = [[s > np.quantile(s, q) for q in (0.9, 0.99, 0.999)] for s in (score, expected)]
    changes = int((np.array(flags[0]) != np.array(flags[1])).sum())
    print(
        f"{kind:20} own {mine / frame.height * 1e6:.2f}   scikit-learn {his / frame.height * 1e6:.2f}"
        f"   ratio {his / mine:.2f}   largest difference {np.abs(score - expected).max():.1e}   changed flags {changes}"
    )


def memory(sensors: int, wanted: tuple[str, ...]) -> None:
    """What scoring ten million windows adds to the memory that the frame itself takes; of single windows only."""
    training = windows(20_000, sensors, seed=1)
    detectors = [build_detector(kind).fit(training) for kind in wanted if detector_class(kind).steps == 1]
    for detector in detectors:
        detector.score(training)
    column = pl.Series(np.random.default_rng(0).standard_normal(10_000_000))
    names = [name for name in training.columns if "__" in name]
    start = pl.datetime_range(FIRST, FIRST + STRIDE * (len(column) - 1), STRIDE, eager=True)
    frame = pl.DataFrame(dict.fromkeys(names, column) | {"window_start": start})  # one buffer under every name
    for detector in detectors:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        detector.score(frame)
        added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"{detector.kind:20} ten million x {len(names)}: peak grows by {added / 1024:.0f} MB (scores are 76 MB)")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--sensors", type=int, default=12)
    arguments.add_argument("--kinds", nargs="*", default=kinds(), choices=kinds())
    arguments.add_argument("--reference", action="store_true")
    arguments.add_argument("--memory", action="store_true")
    given = arguments.parse_args()
    speed(given.rows, given.sensors, tuple(given.kinds))
    if given.reference:
        reference(given.rows, given.sensors)
    if given.memory:
        memory(given.sensors, tuple(given.kinds))
