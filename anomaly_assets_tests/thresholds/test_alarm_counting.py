"""Alarms of all thresholds at once, against counting them one threshold at a time."""

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.evaluation import episodes
from anomaly_assets.thresholds import Calibration
from anomaly_assets.thresholds.alarm_counting import count_alarms

from .scored import MINUTE, as_windows, calibration


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(0, 6))
def test_every_threshold_has_the_number_of_alarms_that_episodes_counts(seed, units, gap):
    draw = np.random.default_rng(seed)
    whole = calibration(draw.integers(0, 6, 60), units=units)
    seen = pl.Series(draw.random(60) > 0.3)
    given_ = Calibration(*(c.filter(seen) for c in (whole.unit_id, whole.window_start, whole.window_end, whole.score)))
    thresholds, count = count_alarms(given_, gap * MINUTE)
    for value, alarms in zip(thresholds, count, strict=True):
        windows = as_windows(given_, given_.scores > value).sample(fraction=1, shuffle=True, seed=seed)
        assert episodes(windows, gap * MINUTE).height == alarms


def test_a_higher_threshold_can_raise_more_alarms_by_parting_them():
    thresholds, count = count_alarms(calibration([5, 1, 5, 1, 5]), timedelta(0))
    assert dict(zip(thresholds, count, strict=True)) == {-np.inf: 1, 1: 3, 5: 0}
