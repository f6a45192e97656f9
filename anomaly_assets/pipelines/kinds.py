"""What kind of anomaly each window shows, as the scores table tells it; the kinds are the detectors' affair."""

import numpy as np
import polars as pl

from ..contracts import kind_columns
from ..registry import Bundle
from .rows import Rows


def told_kinds(bundle: Bundle, given: Rows, flags: np.ndarray) -> pl.DataFrame:
    """Tell the kinds of the wanted windows: the columns of `contracts.kind_columns`.

    Parameters
    ----------
    given : what the detector was given.
    flags : (n_wanted,) which alarm; only these are named after a kind.

    Returns
    -------
    (n_wanted,), all null where the detector knows no kinds. A row depends on itself alone, to the last bit.
    """
    if not bundle.detector.tags.knows_kinds:
        return _nothing(given.count)
    asked = given.windows if given.wanted.all() else given.only()
    told, named = bundle.detector.kinds(asked), bundle.detector.named_kinds(asked)
    if told is None or named is None:
        return _nothing(given.count)
    return told.with_columns(severest(told), anomaly_kind=pl.when(pl.Series(flags)).then(named))


def severest(told: pl.DataFrame) -> pl.Series:
    """Give ``severity`` (n_windows,), the largest over the kinds that a detector tells."""
    return told.select(severity=pl.max_horizontal(pl.all())).to_series()


def _nothing(rows: int) -> pl.DataFrame:
    return pl.select(pl.repeat(None, rows, dtype=column.dtype).alias(name) for name, column in kind_columns().items())
