"""Memory that the next block of windows uses again: fresh pages would cost as much as the transforms themselves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """Tables by name; each holds what was last written into it, so only one block at a time may be measured with it."""

    def __init__(self) -> None:
        self._tables: dict[str, NDArray[Any]] = {}

    def table(self, name: str, shape: tuple[int, int], dtype: Any = np.float64) -> NDArray[Any]:
        """Give a table of that shape, (rows, columns), without clearing it."""
        table = self._tables.get(name)
        if table is None or table.shape[0] < shape[0] or table.shape[1] != shape[1]:
            table = self._tables[name] = np.empty(shape, dtype)
        return table[: shape[0]]
