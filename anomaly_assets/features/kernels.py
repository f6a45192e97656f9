"""Sums over trailing windows that never subtract a reading again, compiled; importing this module imports numba.

A window of `width` grid positions ends in one block of the absolute grid (block = grid // width) and begins in the
block before. Its readings are a suffix of that one and a prefix of this one, so two running sums, restarted in every
block, give every window (van Herk 1992 and Gil & Werman 1993 for minima, here for power sums as well). What left a
window left its sums, so no error outlives its cause; and as blocks are places in time, a window's sums depend on its
own readings alone, to the last bit, wherever a computation starts or stops.

Power sums are taken about a reading of the window (the suffix's last, the prefix's first), so that for n readings no
more than a factor n of precision can cancel, and a flat window gives exactly 0. No statistic is named here.
"""

import numpy as np
from numba import njit, types

from .compiling import compiled

EPSILON_SQUARED = float(np.finfo(np.float64).eps) ** 2
_EMPTY = (0.0, 0.0, 0.0, 0.0, 0.0, np.inf, -np.inf)  # count, sums of (x - centre)**1..4, low, high

_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_GRID = types.Array(types.int64, 1, "C", readonly=True)
_MASK = types.Array(types.boolean, 1, "C", readonly=True)
_OUT = types.Array(types.float64, 1, "C")
_TABLE = types.Array(types.float64, 2, "C")
_INT = types.int64


@njit
def _added(sums, centre, x, full):  # type: ignore[no-untyped-def]
    e = x - centre
    square = e * e
    n, s1, s2, s3, s4, low, high = sums
    if full:
        s3, s4, low, high = s3 + square * e, s4 + square * square, min(low, x), max(high, x)
    return n + 1.0, s1 + e, s2 + square, s3, s4, low, high


@njit
def _joined(sums, older, d, full):  # type: ignore[no-untyped-def]
    """Sums of both parts about the centre of the first; d is the second's centre minus the first's."""
    n, s1, s2, s3, s4, low, high = sums
    on, o1, o2 = older[0], older[1], older[2]
    nd = on * d
    if full:
        o3, o4 = older[3], older[4]
        s3 += o3 + d * (3 * o2 + d * (3 * o1 + nd))
        s4 += o4 + d * (4 * o3 + d * (6 * o2 + d * (4 * o1 + nd)))
        low, high = min(low, older[5]), max(high, older[6])
    return n + on, s1 + (o1 + nd), s2 + (o2 + d * (2 * o1 + nd)), s3, s4, low, high


@njit
def _write_moments(out, k, sums, centre, need, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    n, s1, s2, s3, s4, low, high = sums
    if n < need:
        for part in range(7 if full else 3):
            out[part, k] = np.nan
        return
    share = 1.0 / n
    m, s2, s3, s4 = s1 * share, s2 * share, s3 * share, s4 * share
    mean, square = centre + m, m * m
    m2, m3, m4 = s2 - square, s3 - 3 * m * s2 + 2 * square * m, s4 - 4 * m * s3 + 6 * square * s2 - 3 * square * square
    if m2 <= EPSILON_SQUARED * mean * mean:
        m2, m3, m4 = 0.0, 0.0, 0.0
    out[0, k], out[1, k], out[2, k] = n, mean, m2
    if full:
        out[3, k], out[4, k], out[5, k], out[6, k] = m3, m4, low, high


@njit
def end_of_block(grid, fresh, start, end):  # type: ignore[no-untyped-def]
    """First row after ``start`` that lies at ``end`` or later, or in another unit."""
    stop = start + 1
    while stop < grid.shape[0] and grid[stop] < end and not fresh[stop]:
        stop += 1
    return stop


@njit
def _write_suffixes(reading, start, stop, suffixes, full):  # type: ignore[no-untyped-def]
    """Fill suffixes[r - start] with the sums of rows r..stop; return their centre, the last reading present."""
    sums, centre = _EMPTY, 0.0
    for row in range(stop - 1, start - 1, -1):
        x = reading[row]
        if not np.isnan(x):
            centre = x if sums[0] == 0.0 else centre
            sums = _added(sums, centre, x, full)
        for part in range(7 if full else 3):
            suffixes[row - start, part] = sums[part]
    return centre


@njit(forceinline=True)
def _fold(grid, fresh, reading, wanted, first, width, need, suffixes, out, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    k, start, older, older_stop, older_block, older_centre = 0, 0, 0, 0, 0, 0.0
    while start < grid.shape[0]:
        block = grid[start] // width
        stop = end_of_block(grid, fresh, start, (block + 1) * width)
        if fresh[start] or older_block != block - 1:
            older, older_stop = start, start
        sums, centre, d, begin = _EMPTY, older_centre, 0.0, older
        for row in range(start, stop):
            x = reading[row]
            if not np.isnan(x):
                if sums[0] == 0.0:
                    centre, d = x, older_centre - x
                sums = _added(sums, centre, x, full)
            if row >= first and wanted[row]:
                while begin < older_stop and grid[begin] <= grid[row] - width:
                    begin += 1
                whole = _joined(sums, suffixes[begin - older], d, full) if begin < older_stop else sums
                _write_moments(out, k, whole, centre, need, full)
                k += 1
        older, older_stop, older_block, start = start, stop, block, stop
        older_centre = _write_suffixes(reading, older, stop, suffixes, full)
    return k


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _INT, _TABLE, _TABLE)
def fold(grid, fresh, reading, wanted, first, width, need, suffixes, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the moments of the window that ends in every wanted row, from row `first` on; return their number.

    Parameters
    ----------
    grid : (rows,) position on the sampling grid, ascending within a unit.
    fresh : (rows,) whether a unit begins here.
    reading : (rows,) NaN where missing.
    wanted : (rows,) rows whose window is asked for; rows before `first` are look-back and never are.
    width : grid positions of a window.
    need : readings a window needs; one with fewer is NaN throughout.
    suffixes : (at least min(width, rows), 7) scratch.
    out : (7, at least wanted rows) count, mean, m2, m3, m4, low, high.
    """
    return _fold(grid, fresh, reading, wanted, first, width, need, suffixes, out, True)


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _INT, _TABLE, _TABLE)
def fold_two(grid, fresh, reading, wanted, first, width, need, suffixes, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write count, mean and m2 alone, to the bit those of `fold`; suffixes and out need three parts."""
    return _fold(grid, fresh, reading, wanted, first, width, need, suffixes, out, False)


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _OUT)
def lag(grid, fresh, reading, wanted, steps, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the reading exactly `steps` grid positions before every wanted row, NaN where there is no such row."""
    k, back = 0, 0
    for row in range(grid.shape[0]):
        back = row if fresh[row] else back
        if wanted[row]:
            while grid[back] < grid[row] - steps:
                back += 1
            out[k] = reading[back] if grid[back] == grid[row] - steps else np.nan
            k += 1
    return k


@compiled(_GRID, _MASK, _FLOATS, _MASK, _INT, _INT, _TABLE)
def unroll(grid, fresh, reading, wanted, first, width, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Lay the window of every wanted row, from row `first` on, into a row of out (wanted, width), NaN where missing."""
    k = 0
    for row in range(first, grid.shape[0]):
        if wanted[row]:
            out[k] = np.nan
            back, oldest = row, grid[row] - width + 1
            while back >= 0 and grid[back] >= oldest:
                out[k, grid[back] - oldest] = reading[back]
                back = -1 if fresh[back] else back - 1
            k += 1
    return k


@compiled(_FLOATS, _FLOATS, _GRID, _INT, _OUT, _OUT)
def spread(sine, cosine, index, offset, sine_out, cosine_out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write both tables' entries at index - offset."""
    for k in range(index.shape[0]):
        place = index[k] - offset
        sine_out[k], cosine_out[k] = sine[place], cosine[place]


@compiled(_GRID, _MASK, _INT, types.Array(types.int64, 1, "C"))
def locate(time, fresh, step, position):  # type: ignore[no-untyped-def]
    """Write time / step; return the first row off the grid and the first that doesn't ascend in its unit, or -1."""
    off, unordered = -1, -1
    for row in range(time.shape[0] - 1, -1, -1):
        position[row] = time[row] // step
        if position[row] * step != time[row]:
            off = row
        if row > 0 and not fresh[row] and time[row] <= time[row - 1]:
            unordered = row
    return off, unordered
