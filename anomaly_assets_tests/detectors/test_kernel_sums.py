"""Sums of kernels are exact to a few roundings, near, far and in between, and are a row's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.kernel_sums import log_kernel_sums


def expected_sums(rows: np.ndarray, columns: np.ndarray, log_weight: np.ndarray, gamma: float) -> np.ndarray:
    """The same in extended precision."""
    power = log_weight - np.longdouble(gamma) * ((rows[:, None].astype(np.longdouble) - columns.T) ** 2).sum(axis=2)
    largest = power.max(axis=1)
    return largest + np.log(np.exp(power - largest[:, None]).sum(axis=1))


@settings(max_examples=60)
@given(
    width=st.integers(1, 9),
    count=st.integers(1, 300),
    gamma=st.sampled_from([1e-6, 0.04, 1.0, 50.0]),
    far=st.sampled_from([1.0, 30.0, 1e3, 1e6]),
    weight=st.sampled_from([1e-9, 1.0, 1e9]),
    seed=st.integers(0, 99),
)
def test_logarithms_of_sums_agree_with_extended_precision(
    width: int, count: int, gamma: float, far: float, weight: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.standard_normal((11, width)) * far, rng.standard_normal((width, count))
    log_weight = np.log(weight * rng.uniform(0.01, 1, count))
    found = log_kernel_sums(rows, columns, log_weight, gamma)
    assert found == pytest.approx(expected_sums(rows, columns, log_weight, gamma).astype(float), rel=1e-13, abs=1e-13)


def test_sums_just_above_and_below_what_floats_hold_meet() -> None:
    """Powers around -645, where the sum is taken once more from its largest."""
    columns, log_weight = np.array([[0.0, 0.001, -50.0]]), np.log([0.5, 0.3, 0.2])
    rows = np.linspace(25.2, 25.6, 4001)[:, None]
    found = log_kernel_sums(rows, columns, log_weight, 1.0)
    assert found == pytest.approx(expected_sums(rows, columns, log_weight, 1.0).astype(float), rel=1e-14)
    assert found.min() < -644.8 < found.max()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_a_row_has_the_same_bits_beside_any_others(count: int) -> None:
    rng = np.random.default_rng(1)
    rows, columns, log_weight = rng.standard_normal((40, 7)), rng.standard_normal((7, 131)), rng.standard_normal(131)
    some = rng.permutation(40)[:count]
    whole = log_kernel_sums(rows, columns, log_weight, 0.1)
    assert same_bits(log_kernel_sums(rows[some], columns, log_weight, 0.1), whole[some])
