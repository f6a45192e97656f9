"""Windows in order, and which of them are meant: the others are the history that some detectors look back on."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class Rows:
    """Windows sorted by unit and time, of which some are asked about.

    Attributes
    ----------
    windows : rows of the features table.
    wanted : (n_windows,) which are meant.
    """

    windows: pl.DataFrame
    wanted: NDArray[np.bool_]

    @classmethod
    def where(cls, windows: pl.DataFrame, *conditions: pl.Series | pl.Expr) -> "Rows":
        """Mean the windows for which every condition holds."""
        wanted = np.ones(windows.height, dtype=bool)
        for condition in conditions:
            series = windows.select(condition).to_series() if isinstance(condition, pl.Expr) else condition
            wanted &= series.fill_null(value=False).to_numpy()
        return cls(windows, wanted)

    def only(self) -> pl.DataFrame:
        """The windows that are meant."""
        return self.windows.filter(pl.Series(self.wanted))

    @property
    def count(self) -> int:
        """How many windows are meant."""
        return int(self.wanted.sum())
