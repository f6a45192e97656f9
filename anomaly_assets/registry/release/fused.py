"""Fused multiply-add in plain operations: x² + y rounded once, which ONNX has no operation for.

The platform's distance kernel rounds so, and two neighbours that are equally far away are told apart by it.
"""

from .graph import Graph

_SPLITTER = 2.0**27 + 1.0
"""Veltkamp's factor: parts a number into halves whose products are exact."""


def add_square(graph: Graph, sum_so_far: str, number: str) -> str:
    """Add the square of numbers to sums, rounded once; ``sum_so_far`` is empty for nought.

    Exact but where the error of the error lies within 2^-106 of a tie. Numbers may be as large as 1e150.

    References
    ----------
    Dekker, T. J. (1971). A floating-point technique for extending the available precision. Numerische Mathematik 18,
    224-242. (Product.)
    Knuth, D. E. (1997). The Art of Computer Programming 2, 3rd edition, section 4.2.2, theorem B. (Sum.)
    """
    square = graph.multiply(number, number)
    if not sum_so_far:
        return square
    total = graph.add(square, sum_so_far)
    added = graph.subtract(total, square)
    missed = graph.add(graph.subtract(square, graph.subtract(total, added)), graph.subtract(sum_so_far, added))
    return graph.add(total, graph.add(missed, _rest(graph, number, square)))


def _rest(graph: Graph, number: str, square: str) -> str:
    """What the rounded square lacks, exactly."""
    stretched = graph.multiply(number, _SPLITTER)
    high = graph.subtract(stretched, graph.subtract(stretched, number))
    low = graph.subtract(number, high)
    mixed = graph.multiply(high, low)
    left = graph.subtract(graph.subtract(square, graph.multiply(high, high)), mixed)
    return graph.subtract(graph.multiply(low, low), graph.subtract(left, mixed))
