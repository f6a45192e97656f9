"""Turns scikit-learn's grown trees into arrays that a kernel walks and that lie on disk without a class.

Nodes of a tree follow each other level by level, so that the two children of a node are neighbours. Walking is in
forest_kernel.py.
"""

from typing import Any

import numpy as np

Nodes = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""feature, threshold, child, value, root; see IsolationForest for what each array means."""


def average_path_length(windows: np.ndarray) -> np.ndarray:
    """Path length of an unsuccessful search in a random binary tree of so many windows; equation 1 of Liu et al."""
    n = windows.astype(np.float64)
    length = np.where(n == 2, 1.0, 0.0)
    many = n > 2
    length[many] = 2.0 * (np.log(n[many] - 1.0) + np.euler_gamma) - 2.0 * (n[many] - 1.0) / n[many]
    return length


def float32_floor(thresholds: np.ndarray) -> np.ndarray:
    """Round down to float32: for a float32 x, ``x <= t`` and ``x <= floor(t)`` are then the same question."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def flattened(trees: list[Any]) -> dict[str, np.ndarray | int]:
    """Lay trees behind each other; see IsolationForest for what each array means."""
    parts = [_flattened(tree) for tree in trees]
    sizes = np.array([len(part["feature_"]) for part in parts])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for part, root in zip(parts, roots, strict=True):
        part["child_"] += root
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in ("threshold_", "value_")}
    arrays |= {name: np.concatenate([part[name] for part in parts]).astype(np.int32) for name in ("feature_", "child_")}
    return {**arrays, "root_": roots.astype(np.int32), "levels_": max(part["levels"] for part in parts)}


def _flattened(tree: Any) -> dict[str, Any]:
    left = tree.children_left
    levels = [np.array([0])]
    while len(inner := levels[-1][left[levels[-1]] >= 0]):
        levels.append(np.stack([left[inner], tree.children_right[inner]], axis=1).ravel())
    order = np.concatenate(levels)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    leaf = left[order] < 0
    # summed in scikit-learn's order, nodes on the path + expected rest - 1, so that scores agree to the bit
    nodes = np.repeat(np.arange(1, len(levels) + 1), [len(level) for level in levels]).astype(np.float64)
    return {
        "feature_": np.where(leaf, 0, tree.feature[order]),
        "threshold_": np.where(leaf, np.float32(np.inf), float32_floor(tree.threshold[order])),
        "child_": np.where(leaf, np.arange(len(order)), position[left[order]]),
        "value_": nodes + average_path_length(tree.n_node_samples[order]) - 1.0,
        "levels": len(levels) - 1,
    }


def check_trees(nodes: Nodes, n_features: int, compared: type[np.floating] = np.float32) -> None:
    """Raise ValueError if a walk could leave the arrays; the kernel doesn't look where it steps.

    Whatever a file says: children lie behind their parent, leaves are their own child, features exist, and thresholds
    are of the type that is ``compared``.
    """
    feature, threshold, child, value, root = nodes
    here = np.arange(len(feature))
    leaf = child == here
    sound = (
        all(array.dtype == np.int32 and array.ndim == 1 for array in (feature, child, root))
        and (threshold.dtype, value.dtype) == (compared, np.float64)
        and threshold.shape == value.shape == child.shape == feature.shape
        and ((feature >= 0) & (feature < n_features)).all()
        and ((root >= 0) & (root < len(feature))).all()
        and (leaf | ((child > here) & (child < len(feature) - 1))).all()
        and np.isposinf(threshold[leaf]).all()
        and np.isfinite(value).all()
    )
    if not sound:
        raise ValueError("the trees point out of themselves")
