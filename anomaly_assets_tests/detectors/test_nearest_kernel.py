"""Passing strips by finds what comparing with all references finds, to the bit, whatever is asked and remembered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.nearest_kernel import Found, nearest_references
from anomaly_assets.detectors.strips import STRIP, longest_axis, places, strip_bounds


def remembered(width: int, count: int, rng: np.random.Generator, kind: str) -> np.ndarray:
    """References (n_features, n_references) in order along their axis."""
    rows = rng.standard_normal((count, 1)) * 5 + rng.standard_normal((count, width))
    if kind == "coarse":  # equal rows and equal distances
        rows = rows.round()
    if kind == "spiked":
        rows[rng.integers(0, count, 3)] *= 1e6
    axis = longest_axis(rows.T)
    return np.ascontiguousarray(rows[np.argsort(rows @ axis)].T)


def search(rows: np.ndarray, columns: np.ndarray, k: int) -> Found:
    axis = longest_axis(columns)
    return nearest_references(rows, places(rows, axis), (columns, *strip_bounds(columns, axis)), k)


def compare_with_all(rows: np.ndarray, columns: np.ndarray, k: int) -> Found:
    """The same distances, but nothing is known of any strip."""
    nowhere = np.full(-(-columns.shape[1] // STRIP), np.inf)
    return nearest_references(rows, places(rows, np.zeros(len(columns))), (columns, -nowhere, nowhere), k)


@settings(max_examples=60)
@given(
    width=st.integers(1, 9),
    count=st.integers(1, 1300),
    k=st.integers(1, 30),
    kind=st.sampled_from(["smooth", "coarse", "spiked"]),
    far=st.sampled_from([1.0, 1e3, 1e6, 1e30]),
    seed=st.integers(0, 99),
)
def test_strips_that_are_passed_by_held_none_of_the_nearest(
    width: int, count: int, k: int, kind: str, far: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, k = remembered(width, count, rng, kind), min(k, count)
    rows = rng.standard_normal((90, width)) * 3
    rows[::7] *= far
    rows[3::7] = columns.T[rng.integers(0, count, 13)]
    for found, expected in zip(search(rows, columns, k), compare_with_all(rows, columns, k), strict=True):
        assert same_bits(found, expected)


@settings(max_examples=40)
@given(width=st.integers(1, 9), count=st.integers(1, 1300), k=st.integers(1, 30), seed=st.integers(0, 99))
def test_neighbours_are_those_that_a_full_sort_finds(width: int, count: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.standard_normal((20, width)), remembered(width, count, rng, "smooth")
    squared, index = search(rows, columns, min(k, count))
    everything = ((rows[:, None] - columns.T) ** 2).sum(axis=2)
    assert squared == pytest.approx(np.sort(everything, axis=1)[:, : min(k, count)])
    assert np.take_along_axis(everything, index, axis=1) == pytest.approx(squared)


def test_of_equally_near_references_the_earlier_are_taken_in_order() -> None:
    columns = np.repeat(np.arange(4.0), 300)[None, :]
    squared, index = search(np.array([[1.0], [2.5]]), columns, 305)
    assert index[0, :300].tolist() == list(range(300, 600))
    assert index[0, 300:].tolist() == list(range(5))
    assert index[1].tolist() == list(range(600, 905))
    assert squared[0, 300] == 1.0


@pytest.mark.parametrize("count", [1, 2, 3, 5, 63, 64, 65, 130])
def test_a_row_finds_the_same_bits_beside_any_others(count: int) -> None:
    rng = np.random.default_rng(1)
    columns, rows = remembered(7, 900, rng, "smooth"), rng.standard_normal((130, 7)) * 4
    whole, some = search(rows, columns, 20), rng.permutation(130)[:count]
    for found, expected in zip(search(rows[some], columns, 20), whole, strict=True):
        assert same_bits(found, expected[some])


def test_strips_that_lie_about_their_place_lose_neighbours() -> None:
    """Negative control: the comparison above would notice a strip that is wrongly passed by."""
    rng = np.random.default_rng(2)
    columns, rows = remembered(3, 1000, rng, "smooth"), rng.standard_normal((50, 3))
    axis = longest_axis(columns)
    low, high = strip_bounds(columns, axis)
    moved = nearest_references(rows, places(rows, axis), (columns, low + 8, high + 8), 20)
    assert not same_bits(moved[1], compare_with_all(rows, columns, 20)[1])


def test_the_axis_is_not_led_astray_by_a_spike() -> None:
    rng = np.random.default_rng(3)
    columns = rng.standard_normal((3, 2000)) * np.array([[5.0], [1.0], [1.0]])
    columns[1, 7] = 1e9
    assert longest_axis(columns) == pytest.approx([1, 0, 0], abs=0.1)
