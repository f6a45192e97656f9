"""Readings laid out for the kernels: sorted, on whole-number grid positions, with the rows that become windows.

How a frame is brought into this shape belongs in layout.py, what is computed from it in windows.py and cycles.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..contracts import QUALITY, quality_column
from .moments import FloatArray

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Piece:
    """Rows start..stop, whose windows are outputs first_out..stop_out; rows before start + look_back have none."""

    start: int
    stop: int
    look_back: int
    first_out: int
    stop_out: int


@dataclass(frozen=True)
class Grid:
    """Readings of several units, one row per unit and grid instant, sorted by both.

    Attributes
    ----------
    columns : the sensors' readings and, where a statistic asks for them, their quality bits, by name; (rows,) each.
    position : (rows,) time as a number of sampling steps since the Unix epoch.
    fresh : (rows,) whether a unit begins here.
    wanted : (rows,) whether a window is given out here: the last row of a stride inside the range asked for.
    """

    columns: Mapping[str, NDArray[Any]]
    position: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    wanted: NDArray[np.bool_]

    @property
    def windows(self) -> int:
        """Number of windows given out."""
        return int(np.count_nonzero(self.wanted))

    def reading(self, sensor: str) -> FloatArray:
        """One sensor's readings, NaN where missing; (rows,)."""
        reading: FloatArray = self.columns[sensor]
        return np.where(np.isinf(reading), np.nan, reading) if np.isinf(reading).any() else reading

    def impossible(self, sensor: str) -> FloatArray | None:
        """1 where one sensor's reading was taken out as impossible, else 0, (rows,); None where nobody asks."""
        if (bits := quality_column(sensor)) not in self.columns:
            return None
        return (self.columns[bits] & QUALITY["impossible"] > 0).astype(np.float64)

    def at_windows(self, values: NDArray[T]) -> NDArray[T]:
        """Values of the rows that have a window; (rows,) to (windows,)."""
        return values if self.wanted.all() else values[self.wanted]

    def pieces(self, width: int, rows: int) -> Iterator[Piece]:
        """Cut the rows into pieces that hold their look-back of `width` positions; ones without windows are skipped."""
        starts, first_out = np.flatnonzero(self.fresh), 0
        for cut in range(0, len(self.position), rows) if rows else ():
            stop = min(cut + rows, len(self.position))
            stop_out = first_out + int(np.count_nonzero(self.wanted[cut:stop]))
            if stop_out > first_out:
                unit = int(starts[np.searchsorted(starts, cut, side="right") - 1])
                oldest = np.searchsorted(self.position[unit:cut], self.position[cut] - width, side="right")
                yield Piece(unit + int(oldest), stop, cut - unit - int(oldest), first_out, stop_out)
            first_out = stop_out
