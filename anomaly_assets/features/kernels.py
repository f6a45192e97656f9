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
_NOTHING = (np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)

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
    on, o1, o2, o3, o4, older_low, older_high = older
    nd = on * d
    if full:
        s3 += o3 + d * (3 * o2 + d * (3 * o1 + nd))
        s4 += o4 + d * (4 * o3 + d * (6 * o2 + d * (4 * o1 + nd)))
        low, high = min(low, older_low), max(high, older_high)
    return n + on, s1 + (o1 + nd), s2 + (o2 + d * (2 * o1 + nd)), s3, s4, low, high


@njit
def _moments(sums, centre):  # type: ignore[no-untyped-def]
    n, s1, s2, s3, s4, low, high = sums
    share = 1.0 / n
    m, s2, s3, s4 = s1 * share, s2 * share, s3 * share, s4 * share
    mean, square = centre + m, m * m
    m2, m3, m4 = s2 - square, s3 - 3 * m * s2 + 2 * square * m, s4 - 4 * m * s3 + 6 * square * s2 - 3 * square * square
    if m2 <= EPSILON_SQUARED * mean * mean:
        m2, m3, m4 = 0.0, 0.0, 0.0
    return n, mean, m2, m3, m4, low, high


@njit
def _write(table, place, numbers, full):  # type: ignore[no-untyped-def]
    table[0, place], table[1, place], table[2, place] = numbers[0], numbers[1], numbers[2]
    if full:
        table[3, place], table[4, place] = numbers[3], numbers[4]
        table[5, place], table[6, place] = numbers[5], numbers[6]


@njit
def _read(table, place, full):  # type: ignore[no-untyped-def]
    n, first, second = table[0, place], table[1, place], table[2, place]
    if not full:
        return n, first, second, 0.0, 0.0, 0.0, 0.0
    return n, first, second, table[3, place], table[4, place], table[5, place], table[6, place]


@njit
def end_of_block(grid, fresh, start, end):  # type: ignore[no-untyped-def]
    """First row after ``start`` that lies at ``end`` or later, or in another unit."""
    stop = start + end - grid[start]
    if stop <= grid.shape[0] and grid[stop - 1] == end - 1 and not fresh[start + 1 : stop].any():
        return stop  # every instant has its row
    stop = start + 1
    while stop < grid.shape[0] and grid[stop] < end and not fresh[stop]:
        stop += 1
    return stop


@njit
def _write_suffixes(reading, start, stop, suffixes, full):  # type: ignore[no-untyped-def]
    """Write the sums of rows r..stop at r - start, none at stop - start; return their centre, the last reading."""
    sums, centre = _EMPTY, 0.0
    _write(suffixes, stop - start, sums, full)
    for row in range(stop - 1, start - 1, -1):
        x = reading[row]
        if not np.isnan(x):
            centre = x if sums[0] == 0.0 else centre
            sums = _added(sums, centre, x, full)
        _write(suffixes, row - start, sums, full)
    return centre


@njit
def _write_block(reading, start, suffixes, older_centre, running, moments, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the moments of every window that ends in a block without a gap, after one without: no window differs."""
    centre, sums, width = reading[start], _EMPTY, running.shape[1]
    for place in range(width):
        sums = _added(sums, centre, reading[start + place], full)
        _write(running, place, sums, full)
    for place in range(width):
        whole = _joined(_read(running, place, full), _read(suffixes, place + 1, full), older_centre - centre, full)
        _write(moments, place, _moments(whole, centre), full)


@njit
def _hand_over(moments, wanted, first, k, out, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    if first == 0 and wanted.all():
        for place in range(wanted.shape[0]):
            _write(out, k + place, _read(moments, place, full), full)
        return k + wanted.shape[0]
    for place in range(first, wanted.shape[0]):
        if wanted[place]:
            _write(out, k, _read(moments, place, full), full)
            k += 1
    return k


@njit
def _without_gap(reading, start, stop, width):  # type: ignore[no-untyped-def]
    silent = 0
    for row in range(start, stop):
        silent += np.isnan(reading[row])
    return stop - start == width and silent == 0


@njit(forceinline=True)
def _fold(grid, fresh, reading, wanted, first, width, need, suffixes, out, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    k, start, older, older_stop, older_block, older_centre, older_whole = 0, 0, 0, 0, 0, 0.0, False
    size = min(width, grid.shape[0])
    running, moments = np.empty((out.shape[0], size)), np.empty((out.shape[0], size))
    while start < grid.shape[0]:
        block = grid[start] // width
        stop = end_of_block(grid, fresh, start, (block + 1) * width)
        if fresh[start] or older_block != block - 1:
            older, older_stop, older_whole = start, start, False
        whole = _without_gap(reading, start, stop, width)
        if whole and older_whole:
            _write_block(reading, start, suffixes, older_centre, running, moments, full)
            k = _hand_over(moments, wanted[start:stop], max(first - start, 0), k, out, full)
        else:
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
                    both = _joined(sums, _read(suffixes, begin - older, full), d, full) if begin < older_stop else sums
                    _write(out, k, _moments(both, centre) if both[0] >= need else _NOTHING, full)
                    k += 1
        older, older_stop, older_block, older_whole, start = start, stop, block, whole, stop
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
    suffixes : (7, more than min(width, rows)) scratch.
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
    off, unordered, after, place = -1, -1, 0, 0
    for row in range(time.shape[0] - 1, -1, -1):
        moment = time[row]
        place = place - 1 if moment == after - step else moment // step  # a division costs more than all the rest
        position[row], after = place, moment
        if place * step != moment:
            off = row
        if row > 0 and not fresh[row] and time[row] <= time[row - 1]:
            unordered = row
    return off, unordered
