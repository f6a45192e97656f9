"""Surprise is a probability where scores were counted, keeps its law beyond them, and knows no unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.detectors.tails import fit_tail, surprise

SCORES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80).map(np.array)


def pareto(rows: int, seed: int = 0, exponent: float = 2.0) -> np.ndarray:
    return np.random.default_rng(seed).random(rows) ** (-1 / exponent)


def test_below_the_tail_it_counts_the_scores_that_reach_as_far() -> None:
    tail = fit_tail(np.arange(99.0), 0.1)
    assert tail.start == 88.0
    assert surprise(tail, np.array([-5.0, 0.0, 49.0, 49.5])) == pytest.approx(-np.log([1.0, 1.0, 0.51, 0.50]))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_beyond_the_tail_it_goes_on_by_the_law_that_the_scores_follow(exponent: float) -> None:
    """Of scores with p = s^-exponent, one in a million is told from four thousand."""
    tail = fit_tail(pareto(4000, exponent=exponent), 0.05)
    assert surprise(tail, np.array([1e6 ** (1 / exponent)]))[0] == pytest.approx(np.log(1e6), rel=0.15)


@pytest.mark.parametrize("draw", [pareto, lambda rows, seed=0: np.random.default_rng(seed).normal(-3.0, 2.0, rows)])
def test_new_scores_of_the_same_kind_surprise_as_uniform_probabilities_do(draw) -> None:
    found = surprise(fit_tail(draw(3000), 0.05), draw(3000, seed=1))
    assert found.mean() == pytest.approx(1.0, abs=0.05)
    assert (found > -np.log(0.01)).mean() == pytest.approx(0.01, abs=0.006)


@given(SCORES, SCORES)
def test_it_is_finite_and_never_falls_while_the_score_rises(held_out: np.ndarray, asked: np.ndarray) -> None:
    found = surprise(fit_tail(held_out, 0.1), np.sort(np.concatenate([asked, held_out, [-1e300, 1e300]])))
    assert np.isfinite(found).all()
    assert found[0] >= 0
    assert (np.diff(found) >= 0).all()


def test_extremes_stay_in_order_where_counting_alone_ties_them() -> None:
    """Negative control beside it: none of the held-out scores reaches any of them."""
    scores, extremes = pareto(500), np.array([1e3, 1e4, 1e8, 1e80])
    assert {int((scores >= extreme).sum()) for extreme in extremes} == {0}
    assert (np.diff(surprise(fit_tail(scores, 0.05), extremes)) > 1).all()


@given(st.integers(-20, 20), st.integers(-1000, 1000))
def test_scores_that_are_stretched_and_moved_surprise_as_before(power: int, moved: int) -> None:
    """Hill's estimate on distances from nought would not: a nought that is moved changes its logarithms."""
    scores, asked = np.round(pareto(300) * 64), np.array([10.0, 70.0, 500.0, 1e6])
    before = surprise(fit_tail(scores, 0.05), asked)
    after = surprise(fit_tail((scores + moved) * 2.0**power, 0.05), (asked + moved) * 2.0**power)
    assert after == pytest.approx(before)


def test_scores_that_are_all_alike_leave_something_to_be_surprised_at() -> None:
    for flat in (np.zeros(1), np.full(50, 7.0)):
        found = surprise(fit_tail(flat, 0.05), flat[0] + np.array([-1.0, 0.0, 1.0, 10.0]))
        assert found[0] == found[1] == 0.0
        assert 0 < found[2] < found[3]
