"""Hotelling's T² and Q as a graph; see detectors/hotelling_t2_q.py."""

from typing import Any

import numpy as np

from ..formulas import row_product, row_sums, squared, standardised
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import EXACT as TOLERANCE

__all__ = ["TOLERANCE", "build"]


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """The larger of T² and Q, each in units of its own quantile."""
    z = standardised(graph, prepared.matrix, detector.center_, detector.scale_)
    kept, width = len(detector.inverse_), len(detector.axes_)
    squares = squared(graph, row_product(graph, z, detector.axes_))
    inside = graph.multiply(_part(graph, squares, 0, kept), detector.inverse_)
    t2 = graph.divide(row_sums(graph, inside, kept), float(detector.limit_t2_))
    if kept == width:  # nothing lies beside
        return t2
    q = row_sums(graph, _part(graph, squares, kept, width), width - kept)
    return graph.maximum(t2, graph.divide(q, float(detector.limit_q_)))


def _part(graph: Graph, matrix: str, first: int, stop: int) -> str:
    return graph.slice(matrix, np.array([first]), np.array([stop]), axis=1)
