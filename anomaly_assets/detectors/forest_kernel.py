"""Walks an isolation forest; compiled by numba, so import it inside functions only."""

import numpy as np

from .compiled import compiled

LANES = 16
"""Rows that walk a tree side by side: their waits for memory overlap."""


@compiled
def isolation(
    rows: np.ndarray,
    nodes: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    levels: int,
    expected: float,
) -> np.ndarray:
    """Score float32 rows (n_rows, n_features) as 2^(-path / expected); every row by itself, trees in order."""
    feature, threshold, child, value, root = nodes
    total = np.zeros(rows.shape[0])
    node = np.empty(LANES, np.int32)
    for start in range(0, rows.shape[0], LANES):
        lanes = min(LANES, rows.shape[0] - start)
        for first in root:
            node[:] = first
            for _ in range(levels):
                for lane in range(lanes):
                    here = node[lane]
                    node[lane] = child[here] + np.int32(rows[start + lane, feature[here]] > threshold[here])
            for lane in range(lanes):
                total[start + lane] += value[node[lane]]
    for row in range(rows.shape[0]):
        total[row] = 2.0 ** (-(total[row] / expected)) if expected > 0 else 0.5
    return total
