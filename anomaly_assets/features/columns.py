"""Feature columns, allocated once, that remember where they hold no value; what is written is told elsewhere."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .moments import FloatArray


class Columns:
    """Float64 columns of equal length, written piece by piece and handed to polars without a copy.

    Parameters
    ----------
    names : the columns, in order.
    windows : their length.
    """

    def __init__(self, names: Iterable[str], windows: int) -> None:
        self.names = tuple(names)
        self.windows = windows
        # One block, because numpy asks for huge pages only from 4 MB on: first writes cost half as much.
        self._values = dict(zip(self.names, np.empty((len(self.names), windows)), strict=True))
        self._absent: dict[str, list[NDArray[np.intp]]] = {name: [] for name in self.names}

    def __getitem__(self, name: str) -> FloatArray:
        """The memory of a column, (windows,); whoever writes to it calls `settle` afterwards."""
        return self._values[name]

    def write(self, name: str, first: int, values: FloatArray) -> None:
        """Write values from window `first` on; what is not finite counts as "no value"."""
        self._values[name][first : first + len(values)] = values
        self.settle(name, first, first + len(values))

    def settle(self, name: str, first: int = 0, stop: int | None = None) -> None:
        """Take note of entries of first..stop that are not finite."""
        finite = np.isfinite(self._values[name][first:stop])
        if not finite.all():
            self._absent[name].append(first + np.flatnonzero(~finite))

    def series(self, name: str) -> pl.Series:
        """The column as polars sees it: null where there is no value, around the same memory."""
        values = self._values[name]
        if not self._absent[name]:
            return pl.Series(name, values)
        import pyarrow as pa

        present = np.ones(self.windows, dtype=bool)
        for absent in self._absent[name]:
            values[absent] = np.nan
            present[absent] = False
        bits = pa.py_buffer(np.packbits(present, bitorder="little"))
        return pl.Series(name, pa.Array.from_buffers(pa.float64(), self.windows, [bits, pa.py_buffer(values)]))
