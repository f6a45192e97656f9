"""Deviation as a graph; see detectors/deviation.py."""

from typing import Any

from ..formulas import log_of_one_plus, row_sums, squared, standardised, within
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-13, reason="with freedom, the logarithm of another library rounds differently; else the bits agree"
)


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Weighted sum of squared z values, or of their Student's t likelihoods."""
    z = within(graph, standardised(graph, prepared.matrix, detector.center_, detector.scale_), detector.cap)
    if detector.freedom is None:
        parts = graph.multiply(detector.weight_, squared(graph, z))
    else:
        weight = detector.weight_ * (detector.freedom + 1)
        parts = graph.multiply(weight, log_of_one_plus(graph, graph.divide(squared(graph, z), detector.freedom)))
    return row_sums(graph, parts, len(detector.center_))
