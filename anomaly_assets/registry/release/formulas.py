"""Formulas of several operations that more than one graph needs, rounded as the platform's own kernels round them.

What a kind of detector makes of them is in kinds/.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Operand

BLOCK = 128
"""Rows whose distances to all references are held at a time."""


def standardised(graph: Graph, tensor: Operand, center: Operand, scale: Operand) -> str:
    """Distance from the centre in scales."""
    return graph.divide(graph.subtract(tensor, center), scale)


def squared(graph: Graph, tensor: str) -> str:
    """Product of a tensor with itself."""
    return graph.multiply(tensor, tensor)


def within(graph: Graph, tensor: str, cap: float | None) -> str:
    """The tensor, no further from nought than ``cap``; None for no bound."""
    return tensor if cap is None else graph.clip(tensor, -float(cap), float(cap))


def shaped(graph: Graph, histories: str, detector: Any, *, level: float) -> str:
    """Histories (n, n_columns, steps) in usual spreads, with a share of their level: (n, n_columns * steps).

    As `detectors.shapes.shaped`.
    """
    z = standardised(graph, histories, detector.center_[:, None], detector.scale_[:, None])
    if level < 1:
        mean = graph.new_axis(graph.reduced("Mean", z), 2)
        z = graph.subtract(z, graph.multiply(1.0 - np.sqrt(level), mean))
    return graph.reshape(z, [0, len(detector.center_) * detector.steps])


def columns(graph: Graph, matrix: str, count: int) -> list[str]:
    """The columns of (n, count) one by one, (n, 1) each."""
    return [matrix] if count == 1 else list(graph.split(matrix, count))


def row_sums(graph: Graph, matrix: str, count: int) -> str:
    """Sum of (n, count) over its columns, at least one, from the first to the last as the platform adds them: (n,)."""
    parts = columns(graph, matrix, count)
    return graph.without_axis(graph.total(*parts) if count > 1 else parts[0], 1)


def row_product(graph: Graph, matrix: str, weights: NDArray[np.float64]) -> str:
    """Product of (n, n_inner) and (n_inner, n_outer), summed in the platform's order.

    A row's result has the bits of `detectors.rowwise.rowwise_product`; a matrix product of a library would differ in
    the last ones, and a score that equals its threshold would be flagged.
    """
    parts = columns(graph, matrix, len(weights))
    found = graph.multiply(parts[0], weights[:1])
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        found = graph.add(found, graph.multiply(part, weight[None]))
    return found


def log_of_one_plus(graph: Graph, tensor: str) -> str:
    """Logarithm of 1 + x, exact to the last bits also for x near nought, for which ONNX has no operation.

    References
    ----------
    Goldberg, D. (1991). What every computer scientist should know about floating-point arithmetic. ACM Computing
    Surveys 23(1), theorem 4.
    """
    above = graph.add(tensor, 1.0)
    nothing = graph.equal(above, 1.0)
    rounded = graph.where(nothing, 1.0, graph.subtract(above, 1.0))
    return graph.where(nothing, tensor, graph.divide(graph.multiply(tensor, graph.logarithm(above)), rounded))


def squared_distances(graph: Graph, rows: str, references: NDArray[np.float64]) -> str:
    """Squared distance of every row (n, n_features) to every reference (n_features, n_references), without expansion.

    Near rows lose no digits, and far ones keep their order.
    """
    parts = columns(graph, rows, len(references))
    found = squared(graph, graph.subtract(parts[0], references[:1]))
    for part, reference in zip(parts[1:], references[1:], strict=True):
        found = graph.add(found, squared(graph, graph.subtract(part, reference[None])))
    return found


def count_below(graph: Graph, ordered: NDArray[np.float64], values: str) -> str:
    """How many of the ascending numbers lie below each value, (n,) int64; found by bisection."""
    levels = len(ordered).bit_length()
    padded = np.concatenate([ordered, np.full(2**levels - 1 - len(ordered), np.inf)])
    found = graph.multiply(graph.length(values), _integers(0))
    for step in (2**level for level in reversed(range(levels))):
        here = graph.gather(padded, graph.add(found, _integers(step - 1)), axis=0)
        found = graph.where(graph.less(here, values), graph.add(found, _integers(step)), found)
    return found


def in_blocks(graph: Graph, matrix: str, ask: Callable[[Graph, str], str], rows: int = BLOCK) -> str:
    """Ask for the scores of at most so many rows at a time, so that memory doesn't grow with the rows: (n,).

    Parameters
    ----------
    graph : that the loop becomes part of.
    matrix : (n, n_columns).
    ask : from the loop's body and a block of rows to their scores (n_block,).
    rows : of a block.
    """
    turns = graph.divide(graph.add(graph.length(matrix), _integers(rows - 1)), _integers(rows))
    body = graph.inside("blocks")
    turn = body.input(f"{body.name}_turn", "int64", [])
    body.input(f"{body.name}_going", "bool", [])
    before = body.input(f"{body.name}_before", "float64", [None])
    start = body.multiply(body.reshape(turn, [1]), _integers(rows))
    block = body.slice(matrix, start, body.add(start, _integers(rows)))
    after = body.concatenate([before, ask(body, block)], 0)
    going = body.node("Identity", np.array(True))
    finished = body.finished({going: ("bool", []), after: ("float64", [None])})
    return graph.node("Loop", graph.reshape(turns, []), np.array(True), np.empty(0), body=finished)


def _integers(*values: int) -> NDArray[Any]:
    return np.array(values, dtype=np.int64)
