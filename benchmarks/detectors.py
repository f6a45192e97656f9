"""Speed of fit and score of every detector, per window, beside scikit-learn; memory of ten million windows.

    python benchmarks/detectors.py [--rows 200000] [--sensors 12] [--reference] [--memory]

CPU seconds of this process over all its threads, the best of three for scoring.
"""

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from anomaly_assets.detectors import build_detector, kinds


def windows(rows: int, sensors: int, seed: int = 0) -> pl.DataFrame:
    """Correlated sensors with a reading and two trailing means each."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal(rows)
    features = [f"s{i}__{name}" for i in range(sensors) for name in ("raw", "mean_1h", "mean_6h")]
    return pl.DataFrame({name: 0.7 * shared + 0.7 * rng.standard_normal(rows) for name in features})


def cpu_seconds(ask: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of so many calls."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        ask()
        spent.append(time.process_time() - start)
    return min(spent)


def speed(rows: int, sensors: int) -> None:
    """One line a detector: fit, score, explain, one row."""
    training, frame = windows(20_000, sensors, seed=1), windows(rows, sensors)
    print(f"{rows:,} windows x {frame.width} features; microseconds of CPU a window")
    for kind in kinds():
        detector = build_detector(kind)
        fit = cpu_seconds(lambda detector=detector: detector.fit(training), 1)
        detector.score(frame[:100])  # numba compiles here
        score = cpu_seconds(lambda detector=detector: detector.score(frame), 3)
        single = cpu_seconds(lambda detector=detector: [detector.score(frame[:1]) for _ in range(20)], 3) / 20
        explain = cpu_seconds(lambda detector=detector: detector.explain(frame), 1)
        print(
            f"{kind:18} fit {fit:6.2f} s   score {score / rows * 1e6:6.2f}   explain {explain / rows * 1e6:6.2f}"
            f"   one row alone {single * 1e6:8.0f}"
        )


def reference(rows: int, sensors: int) -> None:
    """The same forest, asked by scikit-learn."""
    from sklearn.ensemble import IsolationForest

    training, frame = windows(20_000, sensors, seed=1), windows(rows, sensors)
    ours = build_detector("isolation_forest").fit(training)
    matrix = frame.to_numpy().astype(np.float32)
    theirs = IsolationForest(n_estimators=200, max_samples=256, random_state=0)
    theirs.fit(training.to_numpy().astype(np.float32))
    score, expected = ours.score(frame), -theirs.score_samples(matrix)
    mine = cpu_seconds(lambda: ours.score(frame), 3)
    his = cpu_seconds(lambda: theirs.score_samples(matrix), 3)
    flags = [[s > np.quantile(s, q) for q in (0.9, 0.99, 0.999)] for s in (score, expected)]
    changes = int((np.array(flags[0]) != np.array(flags[1])).sum())
    print(
        f"isolation forest   own {mine / rows * 1e6:.2f}   scikit-learn {his / rows * 1e6:.2f}   ratio {his / mine:.2f}"
        f"   largest difference {np.abs(score - expected).max():.1e}   changed flags {changes}"
    )


def memory(sensors: int) -> None:
    """What scoring ten million windows adds to the memory that the frame itself takes."""
    training = windows(20_000, sensors, seed=1)
    detectors = [build_detector(kind).fit(training) for kind in kinds()]
    for detector in detectors:
        detector.score(training)
    column = pl.Series(np.random.default_rng(0).standard_normal(10_000_000))
    frame = pl.DataFrame(dict.fromkeys(training.columns, column))  # one buffer under every name
    for detector in detectors:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        detector.score(frame)
        added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"{detector.kind:18} ten million x {frame.width}: peak grows by {added / 1024:.0f} MB (scores are 76 MB)")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--sensors", type=int, default=12)
    arguments.add_argument("--reference", action="store_true")
    arguments.add_argument("--memory", action="store_true")
    given = arguments.parse_args()
    speed(given.rows, given.sensors)
    if given.reference:
        reference(given.rows, given.sensors)
    if given.memory:
        memory(given.sensors)
