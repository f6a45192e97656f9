"""Shapes of histories: what their distances are, whatever the level's share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.detectors.shapes import shaped, usual

STEPS = 6
PLAIN = np.zeros(2), np.ones(2)


def shapes_of(histories: np.ndarray, level: float) -> np.ndarray:
    return shaped(histories, *PLAIN, steps=STEPS, level=level)


@given(level=st.floats(0, 1), seed=st.integers(0, 1000))
def test_a_squared_distance_is_that_around_the_means_plus_the_levels_share_of_that_between_them(
    level: float, seed: int
) -> None:
    histories = np.random.default_rng(seed).normal(size=(2, 2, STEPS))
    means = histories.mean(axis=2)
    around = np.square(np.diff(histories - means[:, :, None], axis=0)).sum()
    between = STEPS * np.square(np.diff(means, axis=0)).sum()
    one, other = shapes_of(histories.reshape(2, -1), level)
    assert np.square(one - other).sum() == pytest.approx(around + level * between, abs=1e-9)


def test_without_a_level_a_history_that_was_lifted_is_the_same_shape() -> None:
    histories = np.random.default_rng(0).normal(size=(3, 2 * STEPS))
    assert np.allclose(shapes_of(histories, 0.0), shapes_of(histories + 7.0, 0.0))


def test_each_feature_is_told_in_its_own_spreads_by_the_last_step_of_every_history() -> None:
    rng = np.random.default_rng(1)
    readings = rng.normal(size=(4000, 2)) * [1.0, 30.0] + [5.0, -200.0]
    histories = np.zeros((4000, 2, STEPS))
    histories[:, :, -1] = readings
    center, scale = usual(histories.reshape(4000, -1), STEPS)
    assert center == pytest.approx([5.0, -200.0], rel=0.05)
    assert scale == pytest.approx([1.0, 30.0], rel=0.1)
    last = shaped(histories.reshape(4000, -1), center, scale, steps=STEPS, level=1.0)[:, STEPS - 1 :: STEPS]
    assert last.std(axis=0) == pytest.approx([1.0, 1.0], rel=0.1)
