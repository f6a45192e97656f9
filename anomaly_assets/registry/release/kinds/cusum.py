"""Cumulative sums as a graph; see detectors/cusum.py."""

from typing import Any

from ..formulas import row_sums, standardised, within
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import EXACT as TOLERANCE

__all__ = ["TOLERANCE", "build"]


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Largest sum over the last 1, 2, ... steps of every feature, either way, added up over the features."""
    z = standardised(graph, prepared.matrix, detector.center_[:, None], detector.scale_[:, None])
    z = within(graph, z, detector.cap)
    ways = (graph.subtract(way, float(detector.slack)) for way in (z, graph.negative(z)))
    sums = [graph.reduced("Max", graph.cumulated(way, axis=2, reverse=True)) for way in ways]
    return row_sums(graph, graph.maximum(graph.maximum(*sums), 0.0), len(detector.center_))
