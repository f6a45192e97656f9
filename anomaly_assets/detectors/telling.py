"""What a detector tells of windows when it is asked for all at once; how it finds it is each detector's affair."""

from typing import NamedTuple

import numpy as np
import polars as pl


class Told(NamedTuple):
    """What a detector tells of windows in one walk over them.

    Attributes
    ----------
    score : float64 (n_windows,), of `Detector.score`.
    kinds, named : of `Detector.kinds` and `Detector.named_kinds`; None where the method knows no kinds.
    """

    score: np.ndarray
    kinds: pl.DataFrame | None = None
    named: pl.Series | None = None
