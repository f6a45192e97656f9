"""Bundles of every kind for a plant of three units with a setting, windows to ask them about, and their graphs run."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import onnxruntime as ort
import polars as pl

from anomaly_assets.detectors import build_detector, detector_class, fit_detector, score_windows
from anomaly_assets.detectors.by_network import NetworkDetector
from anomaly_assets.detectors.checks import recordings
from anomaly_assets.detectors.sequences import histories, history_index
from anomaly_assets.features import Conditioner, Scaler
from anomaly_assets.features.modes import Modes
from anomaly_assets.features.regress import Regress
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.onnx_model import exportable_kinds, to_onnx
from anomaly_assets_tests.registry.conftest import make_bundle

KINDS = tuple(kind for kind in exportable_kinds() if not issubclass(detector_class(kind), NetworkDetector))
SENSORS = recordings.SENSORS
FEATURES = tuple(f"{name}__{part}" for name in (*SENSORS, "load") for part in ("raw", "mean_30m", "std_30m"))
PARTS = ("raw", "mean_30m")
STEPS = 12
READS: dict[str, dict[str, Any]] = {
    "rule_severity": {"point": "raw", "collective": "mean_30m", "spread": "std_30m", "unchanged": "mean_30m"}
    | {"reversal": "raw", "ease": 0.05}
}
"""What a kind reads of the plant, where its defaults name features that this one doesn't have."""


def plant(rows: int, *, seed: int, units: tuple[str, ...] = ("p1", "p2", "p3")) -> pl.DataFrame:
    """Windows of units that differ in level and spread, all of whose sensors follow the load; sorted."""
    return pl.concat([_unit(rows, unit, place, seed) for place, unit in enumerate(units)])


def _unit(rows: int, unit: str, place: int, seed: int) -> pl.DataFrame:
    frame = recordings.windows(rows, seed=1000 * place + seed, rhythm=True)
    load = np.random.default_rng(seed + place).integers(0, 3, rows) * 10.0
    loads = {"load__raw": load, "load__mean_30m": load + 1.0, "load__std_30m": np.full(rows, 2.0)}
    moved = [pl.col(f"{s}__{part}") * (place + 1) + 100 * place + 0.3 * load for s in SENSORS for part in PARTS]
    return frame.with_columns(pl.lit(unit).alias("unit_id"), *moved).with_columns(**loads)


@lru_cache
def asked() -> pl.DataFrame:
    """513 windows, of units known and unknown, ordinary, missing in part or whole, and far out."""
    frame = plant(171, seed=5, units=("p1", "p2", "stranger"))
    row, column = pl.int_range(pl.len()), {name: pl.col(name) for name in FEATURES}
    return frame.with_columns(
        a__raw=pl.when(row % 7 == 0).then(None).otherwise(column["a__raw"]),
        b__raw=pl.when(row % 11 == 0).then(1e12).when(row % 13 == 0).then(-1e6).otherwise(column["b__raw"]),
        c__mean_30m=pl.when(row % 17 == 0).then(float("nan")).otherwise(column["c__mean_30m"]),
        load__raw=pl.when(row % 19 == 0).then(None).otherwise(column["load__raw"]),
    ).with_columns(pl.when(row % 101 == 0).then(None).otherwise(pl.col(FEATURES)).name.keep())


def conditioner(method: str | None) -> Conditioner | None:
    """An unfitted conditioner on the load."""
    if method == "regress":
        return Regress(sensors=SENSORS, terms=("load",), features=PARTS, learn_from="raw")
    own = [name for name in FEATURES if not name.startswith("load")]
    return Modes(columns=own, settings=("load",), modes=3) if method == "modes" else None


def bundle_of(
    kind: str,
    params: Mapping[str, Any] | None = None,
    *,
    scaling: Mapping[str, Any] | None = None,
    conditioning: str | None = "regress",
    training: pl.DataFrame | None = None,
) -> Bundle:
    """Fit a bundle whose threshold is the score of one of the windows it will be asked about."""
    windows = plant(400, seed=0) if training is None else training
    unscaled = detector_class(kind).tags.unscaled
    known = None if unscaled else conditioner(conditioning)
    left = known.fit(windows).transform(windows) if known else windows
    scaler = Scaler(**{"method": "robust", "per": "unit", "clip": 50.0} | dict(scaling or {}))
    scaler.fit(left, [name for name in FEATURES if name in left.columns])
    detector = build_detector(kind, {**_steps(kind), **READS.get(kind, {}), **(params or {})}, seed=0)
    fit_detector(detector, left if unscaled else scaler.transform(left))
    base = make_bundle()
    seen = dict.fromkeys(windows["unit_id"].unique(), (windows["window_start"].min(), windows["window_end"].max()))
    named = {"features": FEATURES, "kind": kind, "detector": kind, "training_windows": seen}
    manifest = base.manifest.model_copy(update=named)
    bundle = replace(base, detector=detector, scaler=scaler, conditioner=known, manifest=manifest)
    middle = float(np.sort(platform_scores(bundle, asked()))[300])
    return replace(bundle, threshold=replace(base.require_threshold(), value=middle))


def _steps(kind: str) -> dict[str, Any]:
    return {"steps": STEPS} if detector_class(kind).tags.reads == "sequence" else {}


@lru_cache
def usual_bundle(kind: str) -> Bundle:
    """A kind's bundle with default parameters, conditioned by regression, scaled robustly for each unit."""
    return bundle_of(kind)


def platform_scores(bundle: Bundle, windows: pl.DataFrame) -> np.ndarray:
    """What the platform says of windows, all of them."""
    return score_windows(bundle.detector, bundle.prepared(windows))


def feed(bundle: Bundle, windows: pl.DataFrame) -> dict[str, np.ndarray]:
    """Everything that a graph may ask for, of windows as the features table has them."""
    features = windows.select(pl.col(FEATURES).fill_null(float("nan"))).to_numpy()
    steps = bundle.detector.steps
    if steps > 1:
        index = history_index(windows, steps)
        features = histories(features, windows, index, gaps=bundle.detector.tags.gaps)
    return {
        "features": features,
        "unit": windows["unit_id"].to_numpy().astype(object),
        "clock": windows["window_start"].to_physical().to_numpy() / 86_400e6,
    }


class Runtime:
    """A model in onnxruntime, on one thread."""

    def __init__(self, model: Any) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        raw = model.SerializeToString(deterministic=True)
        self.session = ort.InferenceSession(raw, options, providers=["CPUExecutionProvider"])

    def __call__(self, inputs: Mapping[str, np.ndarray], rows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Scores and flags of some rows."""
        wanted = {item.name: inputs[item.name][rows] for item in self.session.get_inputs()}
        score, flag = self.session.run(["score", "flag"], wanted)
        return score, flag


@lru_cache
def runtime(kind: str) -> Runtime:
    """The usual bundle's graph, loaded once."""
    return Runtime(to_onnx(usual_bundle(kind)))
