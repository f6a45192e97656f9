"""References in order along an axis and cut into strips, so that most need not be compared with a row.

Two rows are at least as far apart as their places along any axis are. How strips are walked is in distance_kernel.py;
what the neighbours mean belongs in the detectors.
"""

import numpy as np
from numpy.typing import NDArray

from .one_thread import one_thread

STRIP = 256
"""References of a strip: they stay in the processor's nearest cache while rows are compared with them."""

_TAIL = 0.01
"""Share of each feature's values at either end that is cut off before an axis is sought."""


def longest_axis(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the direction in which references (n_features, n_references) are most spread; length 1, (n_features,).

    Few wild values have no say: along the axis of a single spike all others would lie at one place.
    """
    low, high = np.quantile(columns, (_TAIL, 1 - _TAIL), axis=1)
    centred = np.clip(columns, low[:, None], high[:, None])
    centred -= centred.mean(axis=1, keepdims=True)
    with one_thread():
        axis: NDArray[np.float64] = np.linalg.eigh(centred @ centred.T)[1][:, -1]
    return axis * np.sign(axis[np.abs(axis).argmax()])


def places(rows: NDArray[np.float64], axis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find least and greatest place along an axis of length 1 at which rows (n_rows, n_features) may truly be.

    A product rounds, in whatever order it is summed, by at most n_features half units in the last place of the
    row's length.
    """
    along = np.einsum("ij,j->i", rows, axis)
    slack = len(axis) * np.finfo(np.float64).eps * np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return along - slack, along + slack


def strip_bounds(
    columns: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find between which places every strip of references (n_features, n_references) lies, (n_strips,) each.

    No reference of a later strip lies before a strip's least place, and none of an earlier one behind its greatest.
    """
    least, greatest = places(columns.T, axis)
    cuts = np.arange(0, len(least), STRIP)
    low, high = np.minimum.reduceat(least, cuts), np.maximum.reduceat(greatest, cuts)
    return np.minimum.accumulate(low[::-1])[::-1].copy(), np.maximum.accumulate(high)
