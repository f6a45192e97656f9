"""Statistics of the order of readings in trailing windows, compiled; importing this module imports numba.

Nothing is ever rounded on the way: runs are counted, jumps are compared. So a window's number depends on its own
readings alone, to the last bit.
"""

import numpy as np
from numba import njit, types

from .compiling import compiled
from .kernels import end_of_block

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
def _larger(one, other):  # type: ignore[no-untyped-def]
    return one if one > other else other


@njit
def _pair(a, b, c):  # type: ignore[no-untyped-def]
    there, back = b - a, b - c
    smaller = abs(there) if abs(there) < abs(back) else abs(back)
    return smaller if ((there > 0.0) & (back > 0.0)) | ((there < 0.0) & (back < 0.0)) else 0.0


@njit
def _write_suffixes(reading, start, stop, pairs, largest, inside):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Fill [r - start] with the largest pair that begins in rows r..stop, and the number of their readings."""
    found, heard = -1.0, 0
    for row in range(stop - 1, start - 1, -1):
        found, heard = _larger(found, pairs[row - start]), heard + (not np.isnan(reading[row]))
        largest[row - start], inside[row - start] = found, heard


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _OUT)
def reversal(grid, fresh, reading, wanted, width, need, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the largest pair of opposite jumps within every wanted window; return the number of windows.

    A window is the end of one block of the grid and the beginning of the next, as in `kernels`. Pairs that begin in the
    older block and end in the other are two at most, those of its first and of its second reading. -1 is no pair.
    """
    size = min(width, grid.shape[0])
    pairs, largest, inside = np.empty(size), np.empty(size), np.empty(size, dtype=np.int64)
    k, start, older, older_stop, older_block, heard = 0, 0, 0, 0, 0, 0
    a, b, row_a, row_b = 0.0, 0.0, 0, 0
    while start < grid.shape[0]:
        block = grid[start] // width
        stop = end_of_block(grid, fresh, start, (block + 1) * width)
        if fresh[start] or older_block != block - 1:
            older, older_stop = start, start
        begin, own, found, heard = older, 0, -1.0, 0 if fresh[start] else heard
        first, first_from, second, second_from = -1.0, 0, -1.0, 0
        pairs[:] = -1.0
        for row in range(start, stop):
            x = reading[row]
            if not np.isnan(x):
                if heard >= 2:
                    pair = _pair(a, b, x)
                    if own >= 2:
                        found, pairs[row_a - start] = _larger(found, pair), pair
                    elif own == 1:
                        second, second_from = pair, grid[row_a]
                    else:
                        first, first_from = pair, grid[row_a]
                a, b, row_a, row_b, heard, own = b, x, row_b, row, heard + 1, own + 1
            if wanted[row]:
                edge, largest_of, count = grid[row] - width, found, own
                while begin < older_stop and grid[begin] <= edge:
                    begin += 1
                if begin < older_stop:
                    largest_of, count = _larger(found, largest[begin - older]), own + inside[begin - older]
                largest_of = _larger(largest_of, first if first_from > edge else -1.0)
                largest_of = _larger(largest_of, second if second_from > edge else -1.0)
                out[k] = largest_of if (count >= need) & (largest_of >= 0.0) else np.nan
                k += 1
        older, older_stop, older_block, start = start, stop, block, stop
        _write_suffixes(reading, older, stop, pairs, largest, inside)
    return k
