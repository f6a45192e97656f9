"""One-class support vector machine as a graph; see detectors/one_class_svm.py."""

from typing import Any

from ..formulas import in_blocks, squared_distances
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-12,
    absolute=1e-12,
    reason="the score is a difference of logarithms, which rounds in parts of 1, and exponentials differ by library",
)


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """log(rho) less the logarithm of the sum of kernels, which does not underflow far away."""

    def log_sum(body: Graph, block: str) -> str:
        squared = squared_distances(body, block, detector.columns_)
        powers = body.subtract(detector.log_weight_, body.multiply(float(detector.gamma_), squared))
        largest = body.reduced("Max", powers)
        kernels = body.exponential(body.subtract(powers, body.new_axis(largest, 1)))
        return body.add(largest, body.logarithm(body.reduced("Sum", kernels)))

    return graph.subtract(float(detector.log_rho_), in_blocks(graph, prepared.matrix, log_sum))
