"""Leading principal axes of many histories, exact where few columns allow it, by random projection where not.

What is made of them belongs in the detector.
"""

import numpy as np
from numpy.typing import NDArray

from .one_thread import one_thread


def principal_axes(
    rows: NDArray[np.float32], n_axes: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Find the directions of largest variance of centred rows.

    Parameters
    ----------
    rows : (n_rows, n_columns), their mean 0.
    n_axes : how many; all, and exact, when there are no more columns.
    seed : of the random projection.

    Returns
    -------
    Axes (n_columns, n_found) in columns, their variances (n_found,), largest first, and the mean variance of the
    directions beside them (0 where there are none).

    References
    ----------
    Halko, N., Martinsson, P.-G. and Tropp, J. A. (2011). Finding structure with randomness. SIAM Review 53(2), 217-288.
    """
    columns = rows.shape[1]
    if n_axes >= columns:
        return _exact(rows)
    from sklearn.utils.extmath import randomized_svd

    with one_thread():
        _, sizes, axes = randomized_svd(rows, min(n_axes, len(rows)), random_state=seed)
        orthogonal, _ = np.linalg.qr(axes.T.astype(np.float64))  # in float32 they are so to six digits only
    variances = sizes.astype(np.float64) ** 2 / len(rows)
    total = float(np.einsum("ij,ij->", rows, rows, dtype=np.float64)) / len(rows)
    beside = max(total - float(variances.sum()), 0.0) / (columns - len(variances))
    return np.ascontiguousarray(orthogonal), variances, beside


def _exact(rows: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    with one_thread():
        covariance = rows.T.astype(np.float64) @ rows / len(rows)
        variances, axes = np.linalg.eigh(covariance)
    return np.ascontiguousarray(axes[:, ::-1]), np.maximum(variances[::-1], 0.0), 0.0
