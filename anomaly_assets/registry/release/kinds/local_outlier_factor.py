"""Local outlier factor as a graph; see detectors/local_outlier_factor.py.

Neighbours are looked for with the expansion |x|² - 2xy + |y|², which is one matrix product. All that may be among the
nearest but for its rounding are taken, and their distances then found with the bits of the platform's kernel, so that
of equally near ones, as among sensors that are counted in steps, the same are chosen.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..formulas import in_blocks, row_sums, squared
from ..fused import add_square
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-13, reason="the bits agree, but where the platform's fused multiplication rounds next to a tie"
)

TINY = 1e-10
"""As in detectors/local_outlier_factor.py."""


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Mean density of the neighbours over the density around the window, in blocks of rows."""

    def factor(body: Graph, block: str) -> str:
        candidates = _candidates(body, block, detector.columns_, int(detector.k_))
        return _factor(body, *_nearest(body, block, candidates, detector), detector)

    return in_blocks(graph, prepared.matrix, factor)


def _factor(graph: Graph, distance: str, neighbours: str, detector: Any) -> str:
    """From squared distances of the neighbours and their places, (n, k) each, to the factor, (n,)."""
    reach = graph.gather(detector.reach_, neighbours, axis=0)
    reachability = _mean(graph, graph.maximum(graph.root(distance), reach), int(detector.k_))
    density = graph.divide(1.0, graph.add(reachability, TINY))
    return graph.divide(_mean(graph, graph.gather(detector.density_, neighbours, axis=0), int(detector.k_)), density)


def _mean(graph: Graph, table: str, k: int) -> str:
    return graph.divide(row_sums(graph, table, k), float(k))


def _candidates(graph: Graph, rows: str, references: NDArray[np.float64], k: int) -> str:
    """Places of all that may be among the k nearest, (n, n_candidates), ascending in each row."""
    rough, error = _rough(graph, rows, references)
    last = graph.gather(graph.least(rough, k)[0], [k - 1], axis=1)
    near = graph.negated(graph.greater(rough, graph.add(last, graph.multiply(2.0, error))))
    counts = graph.reduced("Sum", graph.cast(near, "int64"))
    most = graph.reshape(graph.reduced("Max", counts, axis=0), [1])
    places = graph.least(rough, most)[1]
    return graph.least(places, most)[0]


def _rough(graph: Graph, rows: str, references: NDArray[np.float64]) -> tuple[str, str]:
    """Squared distances by expansion, (n, n_references), and the most that each row's may err, (n, 1)."""
    middle = references.mean(axis=1)
    centred = references - middle[:, None]
    lengths = np.square(centred).sum(axis=0)
    from_middle = graph.subtract(rows, middle)
    own = graph.new_axis(graph.reduced("SumSquare", from_middle), 1)
    mixed = graph.product(graph.multiply(from_middle, -2.0), centred)
    rough = graph.add(graph.add(mixed, lengths), own)
    reach = graph.add(graph.root(own), float(np.sqrt(lengths.max())))
    roundings = (
        2 * len(references) + 8
    )  # of sums of products, and of the rows' and references' distance from the middle
    return rough, graph.multiply(squared(graph, reach), roundings * float(np.finfo(np.float64).eps))


def _nearest(graph: Graph, rows: str, candidates: str, detector: Any) -> tuple[str, str]:
    """Squared distances of the neighbours and their places, (n, k) each, nearest first, of equally near the earlier."""
    squares = ""
    for value, references in zip(graph.split(rows, len(detector.columns_)), detector.columns_, strict=True):
        apart = graph.subtract(value, graph.gather(references, candidates, axis=0))
        squares = add_square(graph, squares, apart)
    nearest, among = graph.least(squares, int(detector.k_))
    return nearest, graph.node("GatherElements", candidates, among, axis=1)
