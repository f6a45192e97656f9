"""A product of BLAS or torch gives a row the same bits in whatever batch and at whatever place it comes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.fixed_blocks import in_fixed_blocks

Product = Callable[[np.ndarray], np.ndarray]
WEIGHTS = np.random.default_rng(0).standard_normal((40, 17))


def blas(block: np.ndarray) -> np.ndarray:
    return block.astype(np.float32) @ WEIGHTS.astype(np.float32)


def torch_product(block: np.ndarray) -> np.ndarray:
    import torch

    return (torch.from_numpy(block) @ torch.from_numpy(WEIGHTS)).numpy()


def rows_of(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 40))


@pytest.mark.parametrize("product", [blas, torch_product])
@settings(max_examples=10)
@given(count=st.integers(1, 150), seed=st.integers(0, 9), rows=st.sampled_from([7, 32, 64]))
def test_a_row_has_the_same_bits_in_any_batch_and_any_order(product: Product, count: int, seed: int, rows: int) -> None:
    matrix, order = rows_of(count, seed), np.random.default_rng(seed).permutation(count)
    whole = in_fixed_blocks(product, matrix, rows)
    assert whole == pytest.approx(matrix @ WEIGHTS, rel=1e-4, abs=1e-4)
    assert same_bits(in_fixed_blocks(product, np.asfortranarray(matrix[order]), rows), whole[order])
    parts = [in_fixed_blocks(product, part, rows) for part in np.array_split(matrix, 5)]
    assert same_bits(np.concatenate(parts), whole)


def test_a_place_of_its_own_is_needed_for_equal_bits() -> None:
    """Negative control: an answer that depends on the place, as a library's may, in blocks cut by the order of rows."""

    def by_place(block: np.ndarray) -> np.ndarray:
        return block.sum(axis=1) * (1 + np.arange(len(block)) * 1e-15)

    matrix = rows_of(200)
    cut = np.concatenate([by_place(matrix[start : start + 50]) for start in range(0, 200, 50)])
    moved = np.concatenate([by_place(matrix[1:51]), by_place(matrix[51:101])])
    assert not same_bits(moved, cut[1:101])
    assert same_bits(in_fixed_blocks(by_place, matrix[1:], 50), in_fixed_blocks(by_place, matrix, 50)[1:])


def test_equal_rows_are_asked_about_once_and_never_mixed_up_with_others() -> None:
    asked = []

    def remember(block: np.ndarray) -> np.ndarray:
        asked.append(len(block))
        return block[:, 0].copy()

    matrix = np.repeat(np.arange(1.0, 4.0), 1000)[:, None] * np.ones(3)
    assert in_fixed_blocks(remember, matrix, 16).tolist() == matrix[:, 0].tolist()
    assert len(asked) <= 4
    assert set(asked) == {16}


def test_thousands_of_rows_need_few_more_blocks_than_rows() -> None:
    blocks = []

    def count(block: np.ndarray) -> np.ndarray:
        blocks.append(len(block))
        return block[:, 0].copy()

    in_fixed_blocks(count, rows_of(4096))
    assert 4096 < sum(blocks) < 1.6 * 4096


@pytest.mark.parametrize(("answer", "shape"), [(lambda b: b[:, 0], (0,)), (lambda b: b[:, :2], (0, 2))])
def test_no_rows_give_no_answers_of_the_same_shape(answer: Product, shape: tuple[int, ...]) -> None:
    assert in_fixed_blocks(answer, np.empty((0, 3))).shape == shape
