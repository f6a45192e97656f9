"""Feature columns, allocated once, that remember where they hold no value; what is written is told elsewhere."""

from collections.abc import Iterable, Sequence

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
    together : whether they share one piece of memory, which costs less where there are few windows.
    """

    def __init__(self, names: Iterable[str], windows: int, *, together: bool = False) -> None:
        self.names = tuple(names)
        self.windows = windows
        memory = np.empty((len(self.names), windows)) if together else [_column(windows) for _ in self.names]
        self._values: dict[str, FloatArray] = dict(zip(self.names, memory, strict=True))
        self._memory: Sequence[FloatArray] | FloatArray = memory
        self._absent: dict[str, list[NDArray[np.intp]]] = {}

    def __getitem__(self, name: str) -> FloatArray:
        """The memory of a column, (windows,); whoever writes to it calls `settle` afterwards."""
        return self._values[name]

    def __contains__(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return name in self._values

    def write(self, name: str, first: int, values: FloatArray) -> None:
        """Write values from window `first` on; what is not finite counts as "no value"."""
        self._values[name][first : first + len(values)] = values
        self.settle(name, first, first + len(values))

    def write_first(self, values: FloatArray) -> None:
        """Write the first columns whole, (columns, windows)."""
        whole = np.isfinite(values).all(axis=1)
        for name, column in zip(self.names, values, strict=False):
            self._values[name][:] = column
        for place in np.flatnonzero(~whole):
            self.settle(self.names[place])

    def take(self, name: str, values: FloatArray) -> None:
        """Write a whole column, unless the values lie in its memory already."""
        if values is self._values[name]:
            self.settle(name)
        else:
            self.write(name, 0, values)

    def settle(self, name: str, first: int = 0, stop: int | None = None) -> None:
        """Take note of entries of first..stop that are not finite."""
        finite = np.isfinite(self._values[name][first:stop])
        if not finite.all():
            self._absent.setdefault(name, []).append(first + np.flatnonzero(~finite))

    def series(self, name: str) -> pl.Series:
        """The column as polars sees it: null where there is no value, around the same memory."""
        import pyarrow as pa

        bits = pa.py_buffer(np.packbits(self._present(name), bitorder="little")) if name in self._absent else None
        values = pa.py_buffer(self._values[name])
        return pl.Series(name, pa.Array.from_buffers(pa.float64(), self.windows, [bits, values]))

    def table(self) -> FloatArray:
        """All numbers, NaN where there is no value, (columns, windows)."""
        for name in self._absent:
            self._present(name)
        return np.asarray(self._memory).reshape(len(self.names), self.windows)

    def _present(self, name: str) -> NDArray[np.bool_]:
        present = np.ones(self.windows, dtype=bool)
        for absent in self._absent[name]:
            self._values[name][absent] = np.nan
            present[absent] = False
        return present


def _column(windows: int) -> FloatArray:
    """Memory for one column of many windows.

    Arrow's allocator keeps freed pages: first writes to fresh ones would cost as much as the features themselves.
    """
    import pyarrow as pa

    memory: FloatArray = np.frombuffer(pa.allocate_buffer(8 * max(windows, 1)))[:windows]
    return memory
