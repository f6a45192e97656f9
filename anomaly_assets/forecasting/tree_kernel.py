"""Walks boosted trees; compiled, so import it inside functions only. Equal to scikit-learn to the bit."""

import numpy as np

from .compiling import compiled

LANES = 16
"""Rows that walk a tree side by side: their waits for memory overlap."""


@compiled
def walk(rows: np.ndarray, nodes: tuple, roots: np.ndarray, levels: np.ndarray, start: float) -> np.ndarray:
    """Sum ``start`` and the leaf of every tree, in order, for float64 rows (n_rows, n_features).

    A child on the right lies one after the one on the left; a leaf is its own left child and nothing exceeds its
    threshold. Missing values go right where ``missing_right`` says so.
    """
    feature, threshold, child, missing_right, value = nodes
    total = np.full(rows.shape[0], start)
    node = np.empty(LANES, np.int32)
    for block in range(0, rows.shape[0], LANES):
        lanes = min(LANES, rows.shape[0] - block)
        for tree in range(roots.size):
            node[:] = roots[tree]
            for _ in range(levels[tree]):
                for lane in range(lanes):
                    here = node[lane]
                    given = rows[block + lane, feature[here]]
                    right = (given > threshold[here]) | (np.isnan(given) & missing_right[here])
                    node[lane] = child[here] + np.int32(right)
            for lane in range(lanes):
                total[block + lane] += value[node[lane]]
    return total
