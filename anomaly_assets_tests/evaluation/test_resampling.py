"""Intervals over units."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.evaluation import bootstrap, paired_bootstrap, wilson

UNITS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.floats(-10, 10), min_size=2)


@given(UNITS, st.integers(0, 99))
def test_an_interval_is_repeatable_and_lies_between_the_extremes(values, seed):
    first = bootstrap(values, seed=seed, resamples=60)
    assert first == bootstrap(dict(reversed(values.items())), seed=seed, resamples=60)
    assert min(values.values()) - 1e-9 <= first.low <= first.high <= max(values.values()) + 1e-9


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(0)
    worlds = [dict(zip(map(str, range(40)), draw.normal(1, 2, 40), strict=True)) for _ in range(200)]
    intervals = [bootstrap(world, confidence=0.9, resamples=200) for world in worlds]
    assert 0.82 <= np.mean([i.low <= 1 <= i.high for i in intervals]) <= 0.96


def test_pairing_sees_a_small_gain_that_units_would_drown():
    champion = {str(unit): float(unit) for unit in range(20)}
    challenger = {unit: value + 0.1 + 0.01 * (int(unit) % 3) for unit, value in champion.items()}
    assert paired_bootstrap(challenger, champion).low > 0
    apart = bootstrap(challenger).low - bootstrap(champion).high
    assert apart < 0


def test_the_same_model_is_never_better_than_itself():
    values = {str(unit): unit**2 for unit in range(9)}
    assert paired_bootstrap(values, values)[:3] == (0.0, 0.0, 0.0)


def test_only_units_with_both_values_are_compared():
    interval = paired_bootstrap({"a": 2.0, "b": 5.0, "c": None}, {"a": 1.0, "c": 1.0, "d": 9.0})
    assert interval == (1.0, -math.inf, math.inf, 1)


@pytest.mark.parametrize("values", [{}, {"a": None}, {"a": math.nan}])
def test_nothing_known_is_told_as_such(values):
    interval = bootstrap(values)
    assert math.isnan(interval.estimate)
    assert (interval.low, interval.high, interval.units) == (-math.inf, math.inf, 0)


def test_a_share_of_few_is_uncertain_even_when_all_were_found():
    """All of four at 95 %: the lower end is 4 / (4 + 1.96 squared)."""
    assert wilson(4, 4, 0.95) == pytest.approx((4 / (4 + 1.959964**2), 1.0))
    assert wilson(0, 4, 0.95) == pytest.approx((0.0, 1 - 4 / (4 + 1.959964**2)))
    assert wilson(0, 0) == (0.0, 1.0)
