"""An isolation forest as one tree ensemble in float64; see detectors/isolation_forest.py and detectors/forest.py."""

from typing import Any

import numpy as np

from ..ensemble import tree_sum
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-13, reason="several threads add the trees up in another order, and a power of 2 rounds with the library"
)


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """2 to the power of minus the path length over the expected one.

    The platform compares float32 with float32: the rows are rounded so, and thresholds are float32 already, so that
    comparing them in float64 is the same question.
    """
    rows = graph.cast(graph.cast(prepared.matrix, "float32"), "float64")
    nodes = (detector.feature_, detector.threshold_.astype(np.float64), detector.child_, detector.value_)
    path = graph.without_axis(tree_sum(graph, rows, nodes, detector.root_), 1)
    if not detector.expected_ > 0:
        return graph.add(graph.multiply(path, 0.0), 0.5)
    return graph.power(2.0, graph.negative(graph.divide(path, float(detector.expected_))))
