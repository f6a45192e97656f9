"""Reconstruction by principal components as a graph; see detectors/pca_reconstruction.py."""

from typing import Any

from ..formulas import row_product, row_sums, squared, standardised
from ..graph import Graph
from ..preparation import Prepared
from ..tolerance import EXACT as TOLERANCE

__all__ = ["TOLERANCE", "build"]


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Squared distance from the plane of the leading components."""
    z = standardised(graph, prepared.matrix, detector.center_, detector.scale_)
    residual = z
    if detector.axes_.shape[1]:
        along = row_product(graph, z, detector.axes_)
        residual = graph.subtract(z, row_product(graph, along, detector.axes_.T))
    return row_sums(graph, squared(graph, residual), len(detector.axes_))
