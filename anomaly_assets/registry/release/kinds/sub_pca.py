"""Sub-PCA as a graph; see detectors/sub_pca.py."""

from typing import Any

from ..formulas import shaped, squared
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(relative=1e-10, reason="another library's matrix products add in another order")


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Squared coordinates along the components and what lies beside them, weighted, per column."""
    z = graph.subtract(shaped(graph, prepared.matrix, detector, level=1.0), detector.mean_)
    along = graph.product(z, detector.axes_)
    beside = graph.subtract(z, graph.product(along, detector.axes_.T))
    within = graph.without_axis(graph.product(squared(graph, along), detector.weight_[:, None]), 1)
    apart = graph.multiply(graph.reduced("SumSquare", beside), float(detector.beside_))
    return graph.divide(graph.add(within, apart), float(len(detector.mean_)))
