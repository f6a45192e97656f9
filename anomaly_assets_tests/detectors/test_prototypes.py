"""Detectors of the nearest usual shape: exact distances, contributions that add up, and what each of the two keeps."""

from functools import lru_cache

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.frames import Frames, overwritten
from anomaly_assets.detectors.prototypes import NearestPrototype
from anomaly_assets.detectors.shapes import shaped

STEPS = 20
FRAMES = Frames(STEPS, ("raw",))
KINDS = ["kmeans_windows", "window_nearest_neighbour"]


@lru_cache
def fitted(kind: str) -> NearestPrototype:
    detector = build_detector(kind, {"steps": STEPS}).fit(FRAMES.windows(400))
    assert isinstance(detector, NearestPrototype)
    return detector


def flat(frame: pl.DataFrame) -> np.ndarray:
    return np.concatenate([frame[f"{sensor}__raw"].to_numpy() for sensor in "abcd"], axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_the_least_of_all_squared_distances_per_step(kind: str) -> None:
    detector, frame = fitted(kind), FRAMES.windows(150, seed=1, fault="spike")
    shapes = shaped(flat(frame), detector.center_, detector.scale_, steps=STEPS, level=detector.level)
    distances = np.square(shapes[:, None, :] - detector.prototypes_[None]).sum(axis=2)
    assert np.allclose(detector.score(frame), distances.min(axis=1) / STEPS, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_add_up_to_the_score(kind: str) -> None:
    detector, frame = fitted(kind), FRAMES.windows(150, seed=1, fault="level_shift")
    explained = detector.explain(frame)
    assert explained is not None
    assert np.allclose(explained.to_numpy().sum(axis=1), detector.score(frame))


def test_a_history_of_the_training_is_its_own_nearest_neighbour() -> None:
    assert fitted("window_nearest_neighbour").score(FRAMES.windows(400)).max() < 1e-9


def test_the_distance_of_a_value_beyond_float32_is_still_exact() -> None:
    frame = overwritten(FRAMES.windows(3, seed=1), "a__raw", 1e25)
    detector = fitted("window_nearest_neighbour")
    expected = detector.level * ((1e25 - detector.center_[0]) / detector.scale_[0]) ** 2
    assert detector.score(frame) == pytest.approx(expected, rel=1e-6)


def test_fewer_histories_are_kept_when_they_are_wide() -> None:
    detector = build_detector("window_nearest_neighbour", {"steps": STEPS, "max_numbers": 8000})
    assert detector.fit(FRAMES.windows(400)).prototypes_.shape == (100, 4 * STEPS)  # type: ignore[attr-defined]


def test_no_more_clusters_than_histories_and_no_more_than_asked() -> None:
    few = build_detector("kmeans_windows", {"steps": STEPS, "n_clusters": 7})
    assert few.fit(FRAMES.windows(400)).prototypes_.shape[0] == 7  # type: ignore[attr-defined]
    assert few.fit(FRAMES.windows(400)[:3]).prototypes_.shape[0] == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_level_a_lasting_shift_is_not_seen_and_an_odd_shape_still_is(kind: str) -> None:
    blind = build_detector(kind, {"steps": STEPS, "level": 0.0}).fit(FRAMES.windows(400))
    normal, shifted = (
        np.median(blind.score(FRAMES.windows(300, seed=1, fault=fault))) for fault in (None, "level_shift")
    )
    assert shifted == pytest.approx(normal, rel=0.01)
    assert np.median(blind.score(FRAMES.fault_rows("spike"))) > 2 * normal
