"""What kind of anomaly each window shows, as the scores table tells it; the kinds are the detectors' affair."""

import numpy as np
import polars as pl

from ..contracts import kind_columns
from ..detectors import Told


def kinds_of(told: Told, flags: np.ndarray) -> pl.DataFrame:
    """Lay out what a detector told of windows: the columns of `contracts.kind_columns`.

    Parameters
    ----------
    told : of (n_windows,).
    flags : (n_windows,) which alarm; only these are named after a kind.

    Returns
    -------
    (n_windows,), all null where the detector knows no kinds. A row depends on itself alone, to the last bit.
    """
    if told.kinds is None or told.named is None:
        return _nothing(len(told.score))
    return told.kinds.with_columns(severest(told.kinds), anomaly_kind=pl.when(pl.Series(flags)).then(told.named))


def severest(told: pl.DataFrame) -> pl.Series:
    """Give ``severity`` (n_windows,), the largest over the kinds that a detector tells."""
    return told.select(severity=pl.max_horizontal(pl.all())).to_series()


def _nothing(rows: int) -> pl.DataFrame:
    return pl.select(pl.repeat(None, rows, dtype=column.dtype).alias(name) for name, column in kind_columns().items())
