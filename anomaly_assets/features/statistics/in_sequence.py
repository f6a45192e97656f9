"""Statistics of what readings do one after the other: how far from their recent past, how long the same, to and fro.

Times are the window's own grid: a missing reading is passed over and neither breaks a run nor makes a jump.
"""

import numpy as np

from ..moments import FloatArray
from ..trailing import Trailing
from .time_domain import z


def mean_abs_z(trailing: Trailing) -> FloatArray:
    """Mean of |z| over the readings in the window, each z over the trailing half of the window's length.

    Looks back one and a half lengths. A reading whose own past is too short has no z and takes no part.
    """
    half = trailing.halved()
    distance = np.empty(len(half.reading))
    for first, found, moments in half.two_moments():
        np.abs(z(moments), out=distance[first : first + found])
    mean = trailing.result()
    for first, found, moments in Trailing(trailing.grid, distance, trailing.width, trailing.need).two_moments():
        mean[first : first + found] = moments.mean
    return mean


def unchanged(trailing: Trailing) -> FloatArray:
    """Share of the window's readings that its last run of equal readings holds: 1 where nothing moved, else above 0.

    Equal up to rounding (1e-9 of the value), each with the one before it.
    """
    from ..sequence_kernels import unchanged as share

    return _asked(share, trailing)


def reversal(trailing: Trailing) -> FloatArray:
    """Largest spike: of two successive jumps of opposite sign, the smaller one's size; 0 where there is no such pair.

    Of three successive readings a, b, c in the window min(|b - a|, |c - b|), in the sensor's unit; no value with fewer
    than three. A jump to another level has no way back and is none.
    """
    from ..sequence_kernels import reversal as largest

    return _asked(largest, trailing)


def impossible(trailing: Trailing) -> FloatArray:
    """Count the window's readings that were taken out because they lie outside the sensor's physical range.

    A probe that lies dry, has lost its cable or answers nonsense says so by them. Always a number, also where so many
    were taken out that no reading is left.
    """
    found = np.zeros(trailing.grid.windows)
    if trailing.impossible is None:  # readings without quality bits: nobody took anything out
        return found
    for first, windows, moments in Trailing(trailing.grid, trailing.impossible, trailing.width, 1).two_moments():
        found[first : first + windows] = np.rint(moments.mean * moments.count)
    return found


def _asked(kernel, trailing: Trailing) -> FloatArray:  # type: ignore[no-untyped-def]
    grid, found = trailing.grid, trailing.result()
    kernel(grid.position, grid.fresh, trailing.reading, grid.wanted, trailing.width, trailing.need, found)
    return found
