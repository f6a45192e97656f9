"""Trees that the platform walks as one tree ensemble of a graph; what their sum means is said in kinds/."""

import numpy as np
from numpy.typing import NDArray

from .graph import TREES, Graph

Nodes = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]
"""feature, threshold, child, value: one entry per node; a leaf is its own child, others' second child is the next."""

_SUM, _AT_MOST = 1, np.uint8(0)
"""How trees are put together, and what a node asks, as the format numbers them."""


def tree_sum(graph: Graph, rows: str, nodes: Nodes, root: NDArray[np.int32]) -> str:
    """Values of the leaves that rows (n, n_features) come to, summed over the trees: (n, 1).

    Parameters
    ----------
    nodes : of all trees, behind each other.
    root : (n_trees,) first node of each.
    """
    from onnx import numpy_helper

    feature, threshold, child, value = nodes
    leaf = child == np.arange(len(child))
    asks = ~leaf
    asks[root] = True  # the format has no tree without a question: one of a single leaf asks in vain
    place = np.where(leaf, np.cumsum(leaf), np.cumsum(asks)) - 1
    first, second = child[asks], np.where(leaf, child, child + 1)[asks]
    return graph.node(
        "TreeEnsemble",
        rows,
        domain=TREES,
        aggregate_function=_SUM,
        n_targets=1,
        tree_roots=(np.cumsum(asks) - 1)[root].tolist(),
        nodes_featureids=feature[asks].tolist(),
        nodes_modes=numpy_helper.from_array(np.full(int(asks.sum()), _AT_MOST), "questions"),
        nodes_splits=numpy_helper.from_array(np.where(leaf, 0.0, threshold)[asks], "thresholds"),
        nodes_truenodeids=place[first].tolist(),
        nodes_trueleafs=leaf[first].astype(int).tolist(),
        nodes_falsenodeids=place[second].tolist(),
        nodes_falseleafs=leaf[second].astype(int).tolist(),
        leaf_targetids=[0] * int(leaf.sum()),
        leaf_weights=numpy_helper.from_array(value[leaf], "leaves"),
    )
