"""An isolation forest as one tree ensemble in float64; see detectors/isolation_forest.py and detectors/forest.py."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph import TREES, Graph
from ..preparation import Prepared
from ..tolerance import Tolerance

TOLERANCE = Tolerance(
    relative=1e-13, reason="several threads add the trees up in another order, and a power of 2 rounds with the library"
)

_SUM, _AT_MOST = 1, np.uint8(0)
"""How trees are put together, and what a node asks, as the format numbers them."""


def build(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """2 to the power of minus the path length over the expected one.

    The platform compares float32 with float32: the rows are rounded so, and thresholds are float32 already, so that
    comparing them in float64 is the same question.
    """
    rows = graph.cast(graph.cast(prepared.matrix, "float32"), "float64")
    path = graph.without_axis(_path(graph, rows, detector), 1)
    if not detector.expected_ > 0:
        return graph.add(graph.multiply(path, 0.0), 0.5)
    return graph.power(2.0, graph.negative(graph.divide(path, float(detector.expected_))))


def _path(graph: Graph, rows: str, detector: Any) -> str:
    """Expected path lengths summed over the trees, in their order, (n, 1)."""
    from onnx import numpy_helper

    leaf = detector.child_ == np.arange(len(detector.child_))
    asks = ~leaf
    asks[detector.root_] = True  # the format has no tree without a question: one of a single leaf asks in vain
    place = np.where(leaf, np.cumsum(leaf), np.cumsum(asks)) - 1
    first, second = detector.child_[asks], np.where(leaf, detector.child_, detector.child_ + 1)[asks]
    return graph.node(
        "TreeEnsemble",
        rows,
        domain=TREES,
        aggregate_function=_SUM,
        n_targets=1,
        tree_roots=(np.cumsum(asks) - 1)[detector.root_].tolist(),
        nodes_featureids=detector.feature_[asks].tolist(),
        nodes_modes=numpy_helper.from_array(np.full(int(asks.sum()), _AT_MOST), "questions"),
        nodes_splits=numpy_helper.from_array(_thresholds(detector, leaf)[asks], "thresholds"),
        nodes_truenodeids=place[first].tolist(),
        nodes_trueleafs=leaf[first].astype(int).tolist(),
        nodes_falsenodeids=place[second].tolist(),
        nodes_falseleafs=leaf[second].astype(int).tolist(),
        leaf_targetids=[0] * int(leaf.sum()),
        leaf_weights=numpy_helper.from_array(detector.value_[leaf], "path_lengths"),
    )


def _thresholds(detector: Any, leaf: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(leaf, 0.0, detector.threshold_.astype(np.float64))
