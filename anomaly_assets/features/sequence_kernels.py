"""Statistics of the order of readings in trailing windows, compiled; importing this module imports numba.

Nothing is ever rounded on the way: runs are counted, jumps are compared. So a window's number depends on its own
readings alone, to the last bit.
"""

import numpy as np
from numba import njit, types

from .compiling import compiled

SAME = 1e-9
"""Relative difference of two readings that a file's rounding explains."""

_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_GRID = types.Array(types.int64, 1, "C", readonly=True)
_MASK = types.Array(types.boolean, 1, "C", readonly=True)
_OUT = types.Array(types.float64, 1, "C")
_INT = types.int64


@njit
def _equal(x, y):  # type: ignore[no-untyped-def]
    return abs(x - y) <= SAME * max(abs(x), abs(y))


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _OUT)
def unchanged(grid, fresh, reading, wanted, width, need, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the share of every wanted window's readings that lie in its last run of equal ones; return their number.

    Parameters as of `kernels.fold`, without look-back: wanted rows alone are written.
    """
    k, begin, run, inside, in_run, before = 0, 0, 0, 0, 0, np.nan
    for row in range(grid.shape[0]):
        if fresh[row]:
            begin, inside, in_run, before = row, 0, 0, np.nan
        while grid[begin] <= grid[row] - width:
            if not np.isnan(reading[begin]):
                inside -= 1
                in_run -= begin >= run
            begin += 1
        x = reading[row]
        if not np.isnan(x):
            if not _equal(x, before):
                run, in_run = row, 0
            inside, in_run, before = inside + 1, in_run + 1, x
        if wanted[row]:
            out[k] = in_run / inside if inside >= need else np.nan
            k += 1
    return k


@njit
def _pair(first, second):  # type: ignore[no-untyped-def]
    opposite = (first < 0.0 < second) or (second < 0.0 < first)
    return min(abs(first), abs(second)) if opposite else 0.0


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _OUT)
def reversal(grid, fresh, reading, wanted, width, need, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the largest pair of opposite jumps within every wanted window; return the number of windows.

    Kept is a queue of pairs, each smaller than the one before it, so that the first is the largest still inside.
    """
    rows = grid.shape[0]
    size, oldest = np.empty(rows), np.empty(rows, dtype=np.int64)
    k, begin, inside, head, tail, heard = 0, 0, 0, 0, 0, 0
    a, b, place_a, place_b = 0.0, 0.0, 0, 0
    for row in range(rows):
        if fresh[row]:
            begin, inside, head, tail, heard = row, 0, 0, 0, 0
        edge = grid[row] - width
        while grid[begin] <= edge:
            inside -= not np.isnan(reading[begin])
            begin += 1
        x = reading[row]
        if not np.isnan(x):
            inside += 1
            if heard >= 2:
                pair = _pair(b - a, x - b)
                while tail > head and size[tail - 1] <= pair:
                    tail -= 1
                size[tail], oldest[tail] = pair, place_a
                tail += 1
            a, b, place_a, place_b, heard = b, x, place_b, grid[row], heard + 1
        while head < tail and oldest[head] <= edge:
            head += 1
        if wanted[row]:
            out[k] = size[head] if inside >= need and head < tail else np.nan
            k += 1
    return k
