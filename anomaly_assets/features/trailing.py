"""One sensor seen through trailing windows, and the moments of all of them; what is made of these is in statistics/."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grid import Grid, Piece
from .moments import FloatArray, Moments

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
    """

    grid: Grid
    reading: FloatArray
    width: int
    need: int
    impossible: FloatArray | None = None

    def rows(self, piece: Piece) -> tuple[NDArray[Any], ...]:
        """What the kernels are told of a piece's rows."""
        rows = slice(piece.start, piece.stop)
        return self.grid.position[rows], self.grid.fresh[rows], self.reading[rows], self.grid.wanted[rows]

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

        grid, width = self.grid, self.width
        rows = min(max(PIECE_ROWS, 4 * width), len(grid.position))
        suffixes, table = np.empty((min(width, len(grid.position)), 7)), np.empty((7, rows))
        last = grid.at_windows(self.reading)
        for piece in grid.pieces(width, rows):
            found = fold(*self.rows(piece), piece.look_back, width, self.need, suffixes, table)
            yield piece.first_out, found, Moments(*(*table[:, :found], last[piece.first_out : piece.stop_out]))
