"""Graphs agree on recordings nobody made for them, whose sensors are counted in steps: ties abound."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector, score_windows
from anomaly_assets.features import Scaler
from anomaly_assets.registry.release.discovery import tolerance_of
from anomaly_assets.registry.release.onnx_model import to_onnx
from anomaly_assets_tests.registry.conftest import make_bundle
from anomaly_assets_tests.registry.release.bundles import Runtime

pytestmark = pytest.mark.real_data

SENSORS = (2, 3, 4, 7, 8, 9, 11, 12, 13, 14, 15, 17, 20, 21)


def turbofan(folder: Path) -> pl.DataFrame:
    """Windows of the engines of FD001: a row a cycle."""
    table = np.loadtxt(folder / "train_FD001.txt")
    engine, cycle = table[:, 0].astype(int), table[:, 1].astype(int)
    start = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=int(c)) for c in cycle]
    keys = pl.DataFrame({"unit_id": [f"e{e:03d}" for e in engine], "window_start": start})
    keys = keys.with_columns(window_end=pl.col("window_start") + timedelta(days=1))
    readings = {f"s{sensor}__raw": table[:, 4 + sensor] for sensor in SENSORS}
    return keys.with_columns(**{name: pl.Series(values) for name, values in readings.items()})


@pytest.mark.parametrize("kind", ["isolation_forest", "local_outlier_factor", "one_class_svm", "hotelling_t2_q"])
def test_every_engine_is_flagged_alike_at_thresholds_that_are_scores(kind: str, real: Callable[[str], Path]) -> None:
    windows = turbofan(real("cmapss"))
    healthy = windows.filter(pl.int_range(pl.len()).over("unit_id") < 60)
    features = tuple(name for name in windows.columns if "__" in name)
    scaler = Scaler(method="robust", per="fleet").fit(healthy, features)
    detector = build_detector(kind, {"statistics": ("raw",)}).fit(scaler.transform(healthy))
    base = make_bundle()
    manifest = base.manifest.model_copy(update={"features": features, "kind": kind})
    bundle = replace(base, detector=detector, scaler=scaler, manifest=manifest)
    others = windows.filter(pl.int_range(pl.len()).over("unit_id") >= 60).gather_every(13)
    expected = score_windows(detector, bundle.prepared(others))
    for value in np.sort(expected)[[len(expected) // 2, -100]]:
        judged = replace(bundle, threshold=replace(bundle.require_threshold(), value=float(value)))
        score, flag = Runtime(to_onnx(judged))({"features": others.select(features).to_numpy()})
        assert tolerance_of(detector).agrees(score, expected).all()
        assert (flag == (expected > value)).all()
