"""Windows that have been scored, as arrays; as rows of a table for whoever wants these. Nothing is scored here."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .windows import Windows

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """What a version says of the windows that it was asked about, in order of ask and time.

    Attributes
    ----------
    windows : those that were wanted.
    score, threshold : (n_windows,).
    is_anomaly : whether each score is above its threshold, (n_windows,).
    confidence : share of normal windows that score lower, (n_windows,).
    """

    windows: Windows
    score: Numbers
    threshold: Numbers
    is_anomaly: NDArray[np.bool_]
    confidence: Numbers

    @property
    def ask(self) -> NDArray[np.int64]:
        """Position of the ask that each window belongs to, (n_windows,)."""
        return self.windows.ask

    def frame(self, detector: str, version: int) -> pl.DataFrame:
        """ask, unit_id, window_start, window_end, detector, model_version, score, threshold, is_anomaly, ..."""
        size = len(self.score)
        columns = [
            pl.Series("ask", self.ask),
            pl.Series("detector", [detector] * size, dtype=pl.String),
            pl.Series("model_version", np.full(size, version)),
            pl.Series("score", self.score),
            pl.Series("threshold", self.threshold),
            pl.Series("is_anomaly", self.is_anomaly),
            pl.Series("missing_share", np.isnan(self.windows.features).mean(axis=1) if size else np.empty(0)),
            pl.Series("confidence", self.confidence),
        ]
        return self.windows.keys().hstack(columns)  # a query, as with_columns is one, costs more than all of them
