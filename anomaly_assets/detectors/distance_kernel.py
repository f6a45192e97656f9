"""Squared distances to reference rows, and what neighbours' detectors make of them; compiled: import it in functions.

Rows are walked one after the other, so that a row's result is its own bits. Distances are sums of squared differences
and not |x|^2 - 2xy + |y|^2, so that near rows lose no digits. What the results mean belongs in the detectors.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

TILE = 512
"""References that stay in the processor's cache while all rows are compared with them."""

GROUP = 16
"""Distances that are looked at together for one near enough."""


def _compiled(function: Callable[..., Any]) -> numba.core.dispatcher.Dispatcher:
    try:
        return numba.njit(function, cache=True, nogil=True, fastmath={"contract"})
    except RuntimeError:  # numba finds no folder to cache in: a read-only installation compiles in every process
        return numba.njit(function, nogil=True, fastmath={"contract"})


@_compiled
def _squared_distances(row: np.ndarray, columns: np.ndarray, start: int, squared: np.ndarray) -> None:
    """Fill ``squared`` (n,) with the distances of a row (n_features,) to the references from ``start`` on."""
    stop, paired = start + len(squared), len(row) - len(row) % 4
    squared[:] = 0.0
    for feature in range(0, paired, 4):
        a, b, c, d = row[feature], row[feature + 1], row[feature + 2], row[feature + 3]
        A, B = columns[feature][start:stop], columns[feature + 1][start:stop]
        C, D = columns[feature + 2][start:stop], columns[feature + 3][start:stop]
        for j in range(len(squared)):
            p, q, r, s = a - A[j], b - B[j], c - C[j], d - D[j]
            squared[j] += (p * p + q * q) + (r * r + s * s)
    for feature in range(paired, len(row)):
        a, A = row[feature], columns[feature][start:stop]
        for j in range(len(squared)):
            p = a - A[j]
            squared[j] += p * p


@_compiled
def _insert(value: float, index: int, nearest: np.ndarray, indices: np.ndarray) -> None:
    """Put one neighbour into the ascending list of the nearest; the farthest falls out."""
    at = len(nearest) - 1
    while at > 0 and nearest[at - 1] > value:
        nearest[at], indices[at] = nearest[at - 1], indices[at - 1]
        at -= 1
    nearest[at], indices[at] = value, index


@_compiled
def _keep_nearest(squared: np.ndarray, start: int, nearest: np.ndarray, indices: np.ndarray) -> None:
    """Take over those of the distances that are among the least; most groups hold none and are passed by."""
    for first in range(0, len(squared), GROUP):
        group = squared[first : first + GROUP]
        nearer = 0
        for value in group:
            nearer += value < nearest[-1]
        if nearer:
            for j in range(len(group)):
                if group[j] < nearest[-1]:
                    _insert(group[j], start + first + j, nearest, indices)


@_compiled
def nearest_references(rows: np.ndarray, columns: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find each row's k nearest references, nearest first; of equally near ones the earlier.

    Parameters
    ----------
    rows : float64 (n_rows, n_features), C-contiguous.
    columns : float64 (n_features, n_references), C-contiguous: the references, feature by feature.
    k : at most n_references.

    Returns
    -------
    Squared distances and positions of the references, (n_rows, k) each.
    """
    nearest, indices = np.full((len(rows), k), np.inf), np.zeros((len(rows), k), np.int64)
    squared = np.empty(TILE)
    for start in range(0, columns.shape[1], TILE):
        tile = squared[: min(TILE, columns.shape[1] - start)]
        for i in range(len(rows)):
            _squared_distances(rows[i], columns, start, tile)
            _keep_nearest(tile, start, nearest[i], indices[i])
    return nearest, indices


@_compiled
def log_kernel_sums(rows: np.ndarray, columns: np.ndarray, log_weight: np.ndarray, gamma: float) -> np.ndarray:
    """Compute ``log(sum_i exp(log_weight_i - gamma * |row - reference_i|^2))``, which doesn't underflow far away.

    Parameters
    ----------
    rows, columns : as for `nearest_references`.
    log_weight : float64 (n_references,).
    gamma : positive.

    Returns
    -------
    (n_rows,), finite.
    """
    total, power = np.empty(len(rows)), np.empty(columns.shape[1])
    for i in range(len(rows)):
        _squared_distances(rows[i], columns, 0, power)
        largest = -np.inf
        for j in range(len(power)):
            power[j] = log_weight[j] - gamma * power[j]
            largest = max(largest, power[j])
        summed = 0.0
        for j in range(len(power)):
            summed += np.exp(power[j] - largest)
        total[i] = largest + np.log(summed)
    return total
