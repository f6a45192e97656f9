"""Squared distances of rows to reference rows; compiled: import it in functions.

Distances are sums of squared differences in the features' order and not |x|^2 - 2xy + |y|^2, so that near rows lose no
digits. Four rows are compared with a reference while it is at hand, and their bits are those of one row by itself.
Which are the nearest is found in nearest_kernel.py.
"""

import numpy as np

from .compiled import compiled, fma

TOGETHER = 4
"""Rows that are compared at once."""


@compiled
def _distances_of_one(row: np.ndarray, columns: np.ndarray, start: int, squared: np.ndarray) -> None:
    """Fill ``squared`` (n,) with the distances of a row (n_features,) to the references from ``start`` on."""
    stop, paired = start + len(squared), len(row) - len(row) % 4
    for j in range(len(squared)):
        squared[j] = 0.0
    for f in range(0, paired, 4):
        a, b, c, d = row[f], row[f + 1], row[f + 2], row[f + 3]
        A, B = columns[f][start:stop], columns[f + 1][start:stop]
        C, D = columns[f + 2][start:stop], columns[f + 3][start:stop]
        for j in range(len(squared)):
            p, q, r, s = a - A[j], b - B[j], c - C[j], d - D[j]
            squared[j] = fma(s, s, fma(r, r, fma(q, q, fma(p, p, squared[j]))))
    for f in range(paired, len(row)):
        a, A = row[f], columns[f][start:stop]
        for j in range(len(squared)):
            squared[j] = fma(a - A[j], a - A[j], squared[j])


@compiled
def _add_four_features(rows: np.ndarray, f: int, columns: np.ndarray, start: int, squared: np.ndarray) -> None:
    """Add the squared differences of four rows in four features from ``f`` on."""
    stop = start + squared.shape[1]
    A, B = columns[f][start:stop], columns[f + 1][start:stop]
    C, D = columns[f + 2][start:stop], columns[f + 3][start:stop]
    k0, k1, k2, k3 = rows[0, f], rows[0, f + 1], rows[0, f + 2], rows[0, f + 3]
    l0, l1, l2, l3 = rows[1, f], rows[1, f + 1], rows[1, f + 2], rows[1, f + 3]
    m0, m1, m2, m3 = rows[2, f], rows[2, f + 1], rows[2, f + 2], rows[2, f + 3]
    n0, n1, n2, n3 = rows[3, f], rows[3, f + 1], rows[3, f + 2], rows[3, f + 3]
    K, L, M, N = squared[0], squared[1], squared[2], squared[3]
    for j in range(squared.shape[1]):
        a, b, c, d = A[j], B[j], C[j], D[j]
        p, q, r, s = k0 - a, k1 - b, k2 - c, k3 - d
        K[j] = fma(s, s, fma(r, r, fma(q, q, fma(p, p, K[j]))))
        p, q, r, s = l0 - a, l1 - b, l2 - c, l3 - d
        L[j] = fma(s, s, fma(r, r, fma(q, q, fma(p, p, L[j]))))
        p, q, r, s = m0 - a, m1 - b, m2 - c, m3 - d
        M[j] = fma(s, s, fma(r, r, fma(q, q, fma(p, p, M[j]))))
        p, q, r, s = n0 - a, n1 - b, n2 - c, n3 - d
        N[j] = fma(s, s, fma(r, r, fma(q, q, fma(p, p, N[j]))))


@compiled
def squared_distances(rows: np.ndarray, columns: np.ndarray, start: int, squared: np.ndarray) -> None:
    """Fill ``squared`` (n_rows, n) with the distances of up to TOGETHER rows to n references from ``start`` on."""
    if len(rows) < TOGETHER:
        for i in range(len(rows)):
            _distances_of_one(rows[i], columns, start, squared[i])
        return
    n_features = rows.shape[1]
    paired, stop = n_features - n_features % 4, start + squared.shape[1]
    for own in squared:
        for j in range(len(own)):  # several times as fast as an assignment to a slice
            own[j] = 0.0
    for f in range(0, paired, 4):
        _add_four_features(rows, f, columns, start, squared)
    for f in range(paired, n_features):
        for i in range(len(rows)):
            a, A, own = rows[i, f], columns[f][start:stop], squared[i]
            for j in range(len(own)):
                own[j] = fma(a - A[j], a - A[j], own[j])
