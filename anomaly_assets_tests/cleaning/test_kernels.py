"""The compiled loops against the definition written out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.cleaning.kernels import far_from_past, unchanged


def _series(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    unit = np.sort(draw.integers(0, 3, 200))
    time = np.concatenate([np.sort(draw.choice(3000, size, replace=False)) for size in np.bincount(unit)]) - 1000
    value = np.round(draw.normal(0, 1, 200), int(draw.integers(0, 4)))
    value[draw.random(200) < 0.02] = 1e6
    return unit, time, value


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(20, 900))
def test_an_outlier_is_what_the_definition_says(seed, window):
    unit, time, value = _series(seed)
    far = far_from_past(unit, time, value, window, 3.0, 4)
    for i in range(value.size):
        past = value[(unit == unit[i]) & (time < time[i]) & (time >= time[i] - window)]
        if past.size < 4:
            assert not far[i]
        else:
            excess = abs(value[i] - past.mean()) - 3.0 * past.std(ddof=1)
            assert far[i] == (excess > 0) or abs(excess) < 1e-9


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 2.0]), st.integers(10, 300), st.integers(5, 80))
def test_stuck_is_what_the_definition_says(seed, tolerance, longer_than, silence):
    unit, time, value = _series(seed)
    stuck = unchanged(unit, time, value, longer_than, tolerance, silence)
    for i in range(value.size):
        first = i
        while (
            first > 0
            and unit[first - 1] == unit[i]
            and time[first] - time[first - 1] <= silence
            and np.ptp(value[first - 1 : i + 1]) <= tolerance
        ):
            first -= 1
        assert stuck[i] == (time[i] - time[first] > longer_than)
