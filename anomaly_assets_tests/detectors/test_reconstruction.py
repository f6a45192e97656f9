"""Reconstruction names the faulty sensor among collinear ones, where a split of the sum names another."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors import Detector, build_detector, load_detector, storage
from anomaly_assets.detectors.checks.recordings import FAULTS, windows
from anomaly_assets.detectors.columns import owned
from anomaly_assets.detectors.reconstruction import reconstruction_axes

SENSORS = ("temperature", "pressure", "oxygen")
TWINS = ("temperature", "pressure")
SIZES = st.builds(lambda size, sign: size * sign, st.floats(5, 40), st.sampled_from([1, -1]))


@lru_cache
def plant(rows: int = 2000, seed: int = 0) -> pl.DataFrame:
    """Two sensors that follow the same day and a third that hardly does, each with a reading and a trailing mean."""
    rng = np.random.default_rng(seed)
    day = np.sqrt(2) * np.sin(2 * np.pi * np.arange(rows) / 144)
    noise = dict(zip(SENSORS, (0.1, 0.1, 3.0), strict=True))
    frame = pl.DataFrame({name: day + noise[name] * rng.standard_normal(rows) for name in SENSORS})
    means = [pl.col(name).rolling_mean(6, min_samples=1).alias(f"{name}__mean_1h") for name in SENSORS]
    return frame.select(*[pl.col(name).alias(f"{name}__raw") for name in SENSORS], *means)


@lru_cache
def learnt() -> Detector:
    return build_detector("hotelling_t2_q").fit(plant())


def shifted(sensor: str, by: float) -> pl.DataFrame:
    """One sensor's features moved by so many robust standard deviations, in rows that were not learnt from."""
    detector = learnt()
    scale = dict(zip(detector.feature_names_in_, detector.scale_, strict=True))  # type: ignore[attr-defined]
    moved = [pl.col(name) + by * scale[name] for name in scale if name.startswith(f"{sensor}__")]
    return plant(432, seed=1).with_columns(moved)


def named_share(explained: pl.DataFrame, sensor: str) -> float:
    """Share of the windows in which this sensor contributes most."""
    return float((explained.to_numpy().argmax(axis=1) == explained.columns.index(sensor)).mean())


def split_of_the_sum(frame: pl.DataFrame) -> pl.DataFrame:
    """What was reported before: squares of M^(1/2) x for the larger statistic, which do add up to it."""
    d = learnt()
    z = (frame.select(d.feature_names_in_).to_numpy() - d.center_) / d.scale_  # type: ignore[attr-defined]
    kept = len(d.inverse_)  # type: ignore[attr-defined]
    inside, beside = d.axes_[:, :kept], d.axes_[:, kept:]  # type: ignore[attr-defined]
    t2 = (z @ inside * np.sqrt(d.inverse_) @ inside.T) ** 2 / d.limit_t2_  # type: ignore[attr-defined]
    q = (z @ beside @ beside.T) ** 2 / d.limit_q_  # type: ignore[attr-defined]
    parts = np.where((t2.sum(axis=1) >= q.sum(axis=1))[:, None], t2, q)
    assert parts.sum(axis=1) == pytest.approx(d.score(frame), rel=1e-9)
    return pl.DataFrame({name: parts[:, at].sum(axis=1) for name, at in owned(d.feature_names_in_).items()})


@settings(max_examples=60)
@given(sensor=st.sampled_from(SENSORS), by=SIZES)
def test_a_shift_of_one_sensor_among_collinear_ones_is_named(sensor: str, by: float) -> None:
    assert named_share(learnt().explain(shifted(sensor, by)), sensor) > 0.99


@pytest.mark.parametrize("by", [7.0, -7.0, 20.0])
def test_a_split_of_the_sum_blames_the_twin(by: float) -> None:
    """Negative control: of two collinear sensors, one is wrongly named in most of its own faults."""
    shares = {sensor: named_share(split_of_the_sum(shifted(sensor, by)), sensor) for sensor in TWINS}
    assert min(shares.values()) < 0.25
    assert min(named_share(learnt().explain(shifted(sensor, by)), sensor) for sensor in TWINS) > 0.99


@settings(max_examples=100)
@given(
    sensor=st.sampled_from(SENSORS),
    raw=st.floats(-50, 50),
    mean=st.floats(-50, 50),
)
def test_a_fault_of_one_sensor_alone_is_named_however_its_features_move(sensor: str, raw: float, mean: float) -> None:
    """From the middle of normality the guarantee is exact, for any direction and size."""
    detector = learnt()
    center = dict(zip(detector.feature_names_in_, detector.center_, strict=True))  # type: ignore[attr-defined]
    if abs(raw) + abs(mean) > 1e-3:
        moved = center | {f"{sensor}__raw": center[f"{sensor}__raw"] + raw}
        moved[f"{sensor}__mean_1h"] += mean
        assert named_share(detector.explain(pl.DataFrame(moved)), sensor) == 1


def test_a_contribution_is_how_far_the_index_falls_when_the_sensor_is_fitted_to_the_others() -> None:
    """Found by least squares instead of projection, for blocks of different sizes and a feature of nobody."""
    rng = np.random.default_rng(0)
    root, x = rng.standard_normal((7, 7)), rng.standard_normal((20, 7))
    groups = {"a": [0, 3], "b": [1], "c": [2, 4, 5]}
    parts = (x @ reconstruction_axes(root, groups)) ** 2
    assert not parts[:, 6].any()
    for at in groups.values():
        index = ((x @ root) ** 2).sum(axis=1)
        fall = index - np.linalg.lstsq(root[at].T, (x @ root).T)[1]
        assert parts[:, at].sum(axis=1) == pytest.approx(fall, rel=1e-9)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_contribution_is_negative_or_more_than_the_combined_index(fault: str) -> None:
    """The combined index is at most twice the score, which is the larger of its two terms."""
    detector, frame = build_detector("hotelling_t2_q").fit(windows()), windows(seed=1, fault=fault)
    parts = detector.explain(frame).to_numpy()
    assert parts.min() >= 0
    assert (parts <= 2 * detector.score(frame)[:, None] * (1 + 1e-9)).all()


def test_a_copied_feature_changes_no_name_and_breaks_no_contribution() -> None:
    copied = [(pl.col(f"{name}__raw") * 2).alias(f"{name}__mean_1h") for name in SENSORS]
    detector = build_detector("hotelling_t2_q", {"explained": 0.999}).fit(plant().with_columns(copied))
    for sensor in SENSORS:
        explained = detector.explain(shifted(sensor, 12.0).with_columns(copied))
        assert np.isfinite(explained.to_numpy()).all()
        assert named_share(explained, sensor) > 0.99


def test_a_detector_that_was_saved_without_its_axes_explains_the_same(tmp_path: Path) -> None:
    learnt().save(tmp_path)
    saved = storage.read(tmp_path)
    saved.state.pop("reconstruction_")
    storage.write(saved, tmp_path)
    frame = shifted("oxygen", 7.0)
    expected = learnt().explain(frame).to_numpy()
    assert load_detector(tmp_path).explain(frame).to_numpy() == pytest.approx(expected, rel=1e-9)
