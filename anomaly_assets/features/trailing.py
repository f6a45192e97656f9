"""One sensor seen through trailing windows, and the moments of all of them; what is made of these is in statistics/."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grid import Grid, Piece
from .moments import FloatArray, Moments, TwoMoments

PIECE_ROWS = 16_384  # moments of so many windows stay in the processor's cache


@dataclass(frozen=True)
class Trailing:
    """One sensor's readings seen through trailing windows of `width` positions that need `need` readings.

    Attributes
    ----------
    grid : where the rows lie, and which of them have a window.
    reading : (rows,) NaN where missing.
    width : grid instants of a window.
    need : readings that a window needs to have a value.
    impossible : (rows,) 1 where a reading was taken out because it can't be, else 0; None where no statistic asks.
    out : (windows,) where a statistic may lay its result; None where it must find memory by itself.
    """

    grid: Grid
    reading: FloatArray
    width: int
    need: int
    impossible: FloatArray | None = None
    out: FloatArray | None = None

    def rows(self, piece: Piece) -> tuple[NDArray[Any], ...]:
        """What the kernels are told of a piece's rows."""
        rows = slice(piece.start, piece.stop)
        return self.grid.position[rows], self.grid.fresh[rows], self.reading[rows], self.grid.wanted[rows]

    def result(self) -> FloatArray:
        """Memory for one number a window, (windows,)."""
        return np.empty(self.grid.windows) if self.out is None else self.out

    def halved(self) -> "Trailing":
        """The same sensor through windows of half the width (the larger half), one at every row."""
        half = (self.width + 1) // 2
        every = replace(self.grid, wanted=np.ones_like(self.grid.wanted))
        return Trailing(every, self.reading, half, max(1, -(-self.need * half // self.width)))

    def moments(self) -> Iterator[tuple[int, int, Moments]]:
        """Sum the windows up piece by piece: number of the first one, how many, their moments.

        The arrays are written again for the next piece.
        """
        from .kernels import fold

        for first, last, (count, mean, m2, *others) in self._folded(fold, parts=7):
            yield first, len(last), Moments(count, mean, m2, last, *others)

    def two_moments(self) -> Iterator[tuple[int, int, TwoMoments]]:
        """Sum up as `moments` does, to the bit, what costs half."""
        from .kernels import fold_two

        for first, last, (count, mean, m2) in self._folded(fold_two, parts=3):
            yield first, len(last), TwoMoments(count, mean, m2, last)

    def _folded(self, kernel: Any, parts: int) -> Iterator[tuple[int, FloatArray, FloatArray]]:
        """Number of a piece's first window, what each window read last, and what the kernel wrote."""
        grid, width = self.grid, self.width
        rows = min(max(PIECE_ROWS, 4 * width), len(grid.position))
        suffixes, table = np.empty((parts, min(width, len(grid.position)) + 1)), np.empty((parts, rows))
        last = grid.at_windows(self.reading)
        for piece in grid.pieces(width, rows):
            found = kernel(*self.rows(piece), piece.look_back, width, self.need, suffixes, table)
            yield piece.first_out, last[piece.first_out : piece.stop_out], table[:, :found]
