"""CUSUM: Page's sums with a memory, up and down, one sensor at a time."""

import numpy as np
import pytest

from anomaly_assets.detectors import build_detector
from anomaly_assets.detectors.checks.frames import Frames
from anomaly_assets.detectors.checks.judgement import roc_auc
from anomaly_assets.detectors.cusum import Cusum

STEPS = 40
FRAMES = Frames(STEPS, ("raw",))


def fitted(**params: object) -> Cusum:
    detector = build_detector("cusum", {"steps": STEPS} | params).fit(FRAMES.windows(600))
    assert isinstance(detector, Cusum)
    return detector


def page(z: np.ndarray, slack: float) -> float:
    """The recursion of 1954, from the start of a history to its end."""
    total = 0.0
    for value in z:
        total = max(0.0, total + value - slack)
    return total


def test_the_score_adds_up_the_larger_of_pages_two_sums_of_every_sensor() -> None:
    detector, frame = fitted(cap=None), FRAMES.windows(60, seed=1, fault="drift")
    expected = np.zeros(60)
    for position, sensor in enumerate("abcd"):
        z = (frame[f"{sensor}__raw"].to_numpy() - detector.center_[position]) / detector.scale_[position]
        expected += [max(page(row, detector.slack), page(-row, detector.slack)) for row in z]
    assert np.allclose(detector.score(frame), expected)


def test_contributions_add_up_to_the_score() -> None:
    detector, frame = fitted(), FRAMES.windows(60, seed=1, fault="level_shift")
    explained = detector.explain(frame)
    assert explained is not None
    assert np.allclose(explained.to_numpy().sum(axis=1), detector.score(frame))


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_small_shift_that_lasts_is_seen_in_either_direction_where_a_single_reading_hides_it(sign: float) -> None:
    detector = fitted()
    calm, rng = np.zeros((500, 4, STEPS)), np.random.default_rng(0)
    calm += detector.center_[:, None] + detector.scale_[:, None] * rng.normal(size=calm.shape)
    shifted = calm.copy()
    shifted[:, 1] += sign * detector.scale_[1]
    scores = [detector._score(histories.reshape(500, -1)) for histories in (calm, shifted)]
    last = [np.abs(histories[:, 1, -1] - detector.center_[1]) for histories in (calm, shifted)]
    assert roc_auc(*scores) > 0.95 > 0.75 > roc_auc(*last)


def test_what_lies_further_back_than_the_memory_is_forgotten() -> None:
    """A history is all that a score sees, and its own steps outweigh a spike no more than the cap allows."""
    detector = fitted(cap=5.0)
    history = np.tile(detector.center_[:, None], (1, STEPS))[None]
    history[0, 0, 0] += 1e6
    assert detector._score(history.reshape(1, -1))[0] == pytest.approx(0.0)
    history[0, 0, -1] += 1e6
    assert detector._score(history.reshape(1, -1))[0] == pytest.approx(5.0 - detector.slack)
