"""Speed, flags and memory of batch scoring by four detectors, beside scikit-learn and torch called directly.

    python benchmarks/score_batch.py [--rows 1000000] [--training 20000] [--quick] [--kinds one_class_svm ...]

Rates are rows per CPU second of one core. A ratio compares this project's `Detector.score` on a frame with the other
library's call on the same rows as a matrix that it likes, in turns, and is the median of the turns. Where the other
one is slow, both are compared on the first rows only, and the line says on how many. Files are scored by the command
itself. Every part has a process of its own: a peak of memory counts from what the process that started it held.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from detectors import windows

from anomaly_assets.detectors import Detector, build_detector, load_detector

Answer = Callable[[], np.ndarray]
SENSORS, TURNS, READ = 8, 5, 100_000
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")


@dataclass(frozen=True)
class Case:
    """A detector, and on how many rows it is compared with whom."""

    kind: str
    params: dict[str, Any]
    rows: int
    peer: Callable[[Detector, np.ndarray, np.ndarray], Answer]
    who: str


def forest(ours: Detector, training: np.ndarray, asked: np.ndarray) -> Answer:
    """The same forest, asked by scikit-learn."""
    from sklearn.ensemble import IsolationForest

    theirs = IsolationForest(n_estimators=200, max_samples=256, random_state=0).fit(training.astype(np.float32))
    rows = asked.astype(np.float32)
    return lambda: -theirs.score_samples(rows)


def machine(ours: Detector, training: np.ndarray, asked: np.ndarray) -> Answer:
    """The same machine; its boundary is 0 for both."""
    from sklearn.svm import OneClassSVM

    theirs = OneClassSVM(nu=0.05).fit(training)
    return lambda: -theirs.decision_function(asked)


def neighbours(ours: Detector, training: np.ndarray, asked: np.ndarray) -> Answer:
    """The same neighbours."""
    from sklearn.neighbors import LocalOutlierFactor

    theirs = LocalOutlierFactor(n_neighbors=20, novelty=True).fit(training)
    return lambda: -theirs.score_samples(asked)


def network(ours: Any, training: np.ndarray, asked: np.ndarray) -> Answer:
    """The same network, asked by torch about all rows in one call, with all that makes a score of its answer."""
    import torch

    from anomaly_assets.detectors.torch_weights import with_weights

    torch.set_num_threads(1)
    net = with_weights(ours._network(asked.shape[1]), ours.weights_)
    center, scale, unit = (torch.from_numpy(values) for values in (ours.center_, ours.scale_, ours.unit_))

    def ask() -> np.ndarray:
        with torch.inference_mode():
            z = (torch.from_numpy(asked) - center) / scale
            guess = net(z.clamp(-ours.cap, ours.cap).float().unsqueeze(2)).squeeze(2)
            answer: np.ndarray = (((z - guess) / unit) ** 2).mean(dim=1).numpy()
            return answer

    return ask


def cases(training: int) -> dict[str, Case]:
    """What is compared; about a twentieth of the training rows become support vectors."""
    every = {"statistics": None}
    many = every | {"max_rows": training}
    made = (
        Case("isolation_forest", every, 50_000, forest, "scikit-learn's score_samples"),
        Case("one_class_svm", many | {"nu": 0.05}, 10_000, machine, "scikit-learn's decision_function"),
        Case("local_outlier_factor", many | {"n_neighbors": 20}, 10_000, neighbours, "scikit-learn's score_samples"),
        Case("autoencoder", every | {"max_epochs": 10}, 100_000, network, "torch in one call"),
    )
    return {case.kind: case for case in made}


def seconds(ask: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    ask()
    return time.process_time() - start


def flags(case: Case, score: np.ndarray) -> np.ndarray:
    """Rows that alarm: outside the machine's boundary, or above the 99th percentile."""
    bound = 0.0 if case.kind == "one_class_svm" else np.quantile(score, 0.99)
    return np.asarray(score > bound)


def compare(case: Case, ours: Detector, training: pl.DataFrame, frame: pl.DataFrame) -> None:
    """One line: our rate on all rows; both rates, their ratio and the flags that differ, on the same first rows."""
    names, few = list(ours.feature_names_in_), frame[: case.rows]
    matrices = [np.ascontiguousarray(some.select(names).to_numpy()) for some in (training, few)]
    theirs = case.peer(ours, *matrices)
    differ = int((flags(case, ours.score(few)) != flags(case, theirs())).sum())
    turns = [(seconds(lambda: ours.score(few)), seconds(theirs)) for _ in range(TURNS)]
    mine, his = (median(turn[side] for turn in turns) for side in (0, 1))
    ratio = median(theirs_took / ours_took for ours_took, theirs_took in turns)
    rate = frame.height / seconds(lambda: ours.score(frame))
    print(
        f"{case.kind:21} {rate:>11,.0f} rows/s on all {frame.height:,};  on {few.height:,}: {few.height / mine:,.0f} "
        f"against {few.height / his:,.0f} of {case.who}, ratio {ratio:.2f}, flags that differ {differ}",
        flush=True,
    )


def peak(model: Path, frame: Path) -> None:
    """One line: peak memory of scoring a frame that is held in memory."""
    detector, rows = load_detector(model), pl.read_parquet(frame)
    detector.score(rows[:100])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    detector.score(rows)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    adds, held = (after - before) / 1024, rows.estimated_size("mb")
    print(
        f"{model.name:21} peak {after / 1024:,.0f} MB, of which scoring adds {adds:,.0f} and the frame is {held:,.0f}"
    )


def as_bundle(case: Case, ours: Detector, training: pl.DataFrame, folder: Path) -> None:
    """Save what the command scores with: the detector, a scaler that leaves values alone, and a threshold."""
    from anomaly_assets.features import Scaler
    from anomaly_assets.registry import Bundle, Manifest
    from anomaly_assets.thresholds import Threshold

    names, first, last = ours.feature_names_in_, training["window_start"].min(), training["window_end"].max()
    made = {"config_digest": "", "fingerprint": "", "code_version": "", "created_at": datetime.now(UTC)}
    manifest = Manifest(fleet="benchmark", detector=case.kind, kind=case.kind, features=names, **made)
    level = float(np.quantile(ours.score(training[:2000]), 0.99))
    judged = {"method": "quantile", "params": {}, "assumption": "", "windows": 2000, "unit_days": 1.4}
    threshold = Threshold(value=level, start=first, end=last, **judged)
    scaler = Scaler(method="none").fit(training, list(names))
    Bundle(ours, scaler, threshold, None, manifest).save(folder)


def command(bundle: Path, given: Path, rows: int) -> None:
    """One line: a file scored by the command in a process of its own, start, reading and writing and all."""
    output = given.parent / "scored" / bundle.name
    output.parent.mkdir(exist_ok=True)
    words = ["score", "--model", str(bundle), "--input", str(given), "--output", str(output)]
    with (given.parent / "told").open("w+") as told:
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "anomaly_assets", *words],
            env=os.environ | ONE | {"ANOMALY_HOME": str(given.parent / "home")},
            stdout=told,
            stderr=told,
        )
        _, status, used = os.wait4(child.pid, 0)
        took, child.returncode = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(Path(told.name).read_text())
    cpu = used.ru_utime + used.ru_stime
    spent = f"({cpu:.1f} s, {took:.1f} s by the clock), peak {used.ru_maxrss / 1024:,.0f} MB"
    print(f"{bundle.name:21} {given.suffix[1:]:8} {rows / cpu:>9,.0f} rows per CPU second {spent}", flush=True)


def reading(given: Path) -> None:
    """One line: rows of a file as numbers, as scoring is given them."""
    from anomaly_assets.pipelines.batch.aligned_rows import aligned
    from anomaly_assets.pipelines.batch.aligning import Needs, Wanted, align
    from anomaly_assets.pipelines.batch.inputs import READ_ROWS, open_input, read_rows

    file = open_input(given)
    names = tuple(name for name in file.columns if "__" in name)

    def read() -> int:
        wanted = aligned(file, align(file, Needs(names, names), Wanted()))
        return sum(rows.height for rows in read_rows(file, wanted, READ_ROWS))

    rows, took = read(), min(seconds(read) for _ in range(3))
    print(f"{given.suffix[1:]:8} {rows:,} rows x {len(names)} read in {took:.2f} CPU s")


def speeds(folder: Path, rows: int, trained_on: int, kinds: list[str]) -> None:
    """Compare the detectors; leave files of the rows, and the models, for the other parts."""
    training, frame = windows(trained_on, SENSORS, seed=1), windows(rows, SENSORS)
    print(f"{3 * SENSORS} features, {trained_on:,} training rows, one core", flush=True)
    for case in (case for kind, case in cases(trained_on).items() if kind in kinds):
        ours = build_detector(case.kind, case.params).fit(training)
        ours.score(frame[:100])  # compiled here
        compare(case, ours, training, frame)
        ours.save(folder / "detectors" / case.kind)
        as_bundle(case, ours, training, folder / "bundles" / case.kind)
    for name, part in (("part", frame[:READ]), ("rows", frame)):
        part.write_csv(folder / f"{name}.csv")
        part.write_parquet(folder / f"{name}.parquet")


def every_part(given: argparse.Namespace) -> None:
    """Print all of them, each by a process of its own."""

    def part(*words: object) -> None:
        subprocess.run([sys.executable, __file__, *map(str, words)], env=os.environ | ONE, check=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part("--part", "speeds", folder, "--rows", given.rows, "--training", given.training, "--kinds", *given.kinds)
        print("\nmemory of scoring", flush=True)
        for kind in given.kinds:
            part("--part", "peak", folder / "detectors" / kind, folder / "rows.parquet")
        print("\nreading files", flush=True)
        for suffix in ("csv", "parquet"):
            part("--part", "reading", folder / f"part.{suffix}")
        print(f"\nanomaly-assets score on {given.rows:,} rows; CSV, Parquet and metadata written", flush=True)
        for kind, suffix in product(given.kinds, ("csv", "parquet")):
            command(folder / "bundles" / kind, folder / f"rows.{suffix}", given.rows)


def main() -> None:
    """Read the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--training", type=int, default=20_000)
    arguments.add_argument("--quick", action="store_true", help="100,000 rows")
    arguments.add_argument("--kinds", nargs="*", default=list(cases(0)), choices=list(cases(0)))
    arguments.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    given.rows = 100_000 if given.quick else given.rows
    match given.part:
        case None:
            every_part(given)
        case ["speeds", folder]:
            speeds(Path(folder), given.rows, given.training, given.kinds)
        case ["peak", model, frame]:
            peak(Path(model), Path(frame))
        case ["reading", path]:
            reading(Path(path))


if __name__ == "__main__":
    main()
