"""Formulas of a graph, each against numpy, Python's fractions or the platform's own kernel."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.detectors.rowwise import rowwise_product
from anomaly_assets.registry.release.formulas import (
    count_below,
    in_blocks,
    log_of_one_plus,
    row_product,
    row_sums,
    squared_distances,
)
from anomaly_assets.registry.release.fused import add_square
from anomaly_assets.registry.release.graph import Graph
from anomaly_assets_tests.registry.release.bundles import Runtime

RNG = np.random.default_rng(0)


def asked(formula: Callable[..., str], *tensors: np.ndarray) -> np.ndarray:
    """A formula's result in onnxruntime."""
    from onnx import helper

    graph = Graph("formula")
    names = [graph.input(f"x{i}", "float64", [None] * tensor.ndim) for i, tensor in enumerate(tensors)]
    found = graph.rename(formula(graph, *names), "score")
    graph.rename(found, "flag")
    body = graph.finished({"score": ("float64", None), "flag": ("float64", None)})
    versions = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(body, opset_imports=versions, ir_version=10)
    return Runtime(model)(dict(zip(names, tensors, strict=True)))[0]


@pytest.mark.parametrize(("inner", "outer"), [(1, 1), (1, 4), (7, 3), (30, 30)])
def test_a_product_has_the_bits_of_the_platforms(inner: int, outer: int) -> None:
    rows, weights = RNG.normal(size=(300, inner)) * 1e3, RNG.normal(size=(inner, outer))
    assert (asked(lambda graph, x: row_product(graph, x, weights), rows) == rowwise_product(rows, weights)).all()


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_sum_has_the_bits_of_the_platforms(count: int) -> None:
    rows = RNG.lognormal(0, 5, size=(200, count))
    expected = rowwise_product(rows, np.ones((count, 1)))[:, 0]
    assert (asked(lambda graph, x: row_sums(graph, x, count), rows) == expected).all()


def test_the_logarithm_of_one_and_a_little_keeps_its_digits() -> None:
    little = np.concatenate([[0.0], 10.0 ** np.arange(-300, 300, 7), RNG.lognormal(0, 20, 500)])
    np.testing.assert_allclose(asked(log_of_one_plus, little), np.log1p(little), rtol=1e-15)


def test_a_plain_logarithm_would_not_keep_them() -> None:
    plain = asked(lambda graph, x: graph.logarithm(graph.add(x, 1.0)), np.array([1e-12]))
    assert abs(plain[0] / np.log1p(1e-12) - 1) > 1e-6


@settings(max_examples=60)
@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-9, 9).map(float), min_size=1, max_size=9),
    st.lists(st.floats(-1e7, 1e7) | st.integers(-9, 9).map(float), min_size=1, max_size=20),
)
def test_counting_by_bisection_is_counting(ordered: list[float], values: list[float]) -> None:
    ladder, wanted = np.sort(ordered), np.array([*values, *ordered])
    found = asked(lambda graph, x: graph.cast(count_below(graph, ladder, x), "float64"), wanted)
    assert (found == np.searchsorted(ladder, wanted, side="left")).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(-1e5, 1e5)), min_size=1, max_size=20))
def test_a_square_is_added_with_a_single_rounding(pairs: list[tuple[float, float]]) -> None:
    sums, numbers = np.array(pairs).T
    numbers = np.where(np.abs(numbers) < 1e-100, 0.0, numbers)  # what a square lacks would vanish below that
    exact = [float(Fraction(s) + Fraction(x) ** 2) for s, x in zip(sums.tolist(), numbers.tolist(), strict=True)]
    assert asked(lambda graph, s, x: add_square(graph, s, x), sums, numbers).tolist() == exact


def test_two_roundings_would_be_seen() -> None:
    numbers = RNG.normal(size=1000)
    exact = np.array([float(Fraction(1) + Fraction(x) ** 2) for x in numbers.tolist()])
    assert (1.0 + numbers * numbers != exact).any()


def test_distances_are_those_of_differences() -> None:
    rows, references = RNG.normal(1e6, 1, size=(40, 5)), RNG.normal(1e6, 1, size=(5, 60))
    expected = np.square(rows[:, :, None] - references[None]).sum(axis=1)
    np.testing.assert_allclose(asked(lambda graph, x: squared_distances(graph, x, references), rows), expected)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 9])
def test_blocks_give_every_row_once_and_in_order(rows: int) -> None:
    matrix = np.arange(2.0 * rows).reshape(rows, 2)
    sizes = asked(lambda graph, x: in_blocks(graph, x, lambda body, block: body.reduced("Sum", block), rows=4), matrix)
    assert (sizes == matrix.sum(axis=1)).all()


def test_no_block_is_larger_than_asked_for() -> None:
    def size(body: Graph, block: str) -> str:
        count = body.cast(body.length(block), "float64")
        return body.add(body.multiply(body.reduced("Sum", block), 0.0), count)

    assert asked(lambda graph, x: in_blocks(graph, x, size, rows=4), np.ones((10, 2))).tolist() == [4.0] * 8 + [2.0] * 2
