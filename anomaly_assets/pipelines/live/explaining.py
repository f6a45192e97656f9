"""Why windows alarm, asked of the bundle whatever engine has scored them; what is told is that of the assets."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from ...registry import Bundle
from ..score import score_judged
from .engines import rounds
from .windows import Windows


def explained(bundle: Bundle, windows: Windows, steps: int, version: int) -> pl.DataFrame:
    """Explain windows that alarm.

    Parameters
    ----------
    windows : those that are wanted alarm; the others are their history.
    steps : windows that the detector looks at together.

    Returns
    -------
    (n_wanted,) rows of the scores table; score and threshold are not the engine's.
    """
    now, parts, order = datetime.now(UTC), [], []
    for rows, places in rounds(windows, steps):
        parts.append(score_judged(bundle, rows, _alarming, version, now))
        order.append(places)
    return pl.concat(parts)[np.argsort(np.concatenate(order), kind="stable")]


def _alarming(windows: pl.DataFrame, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return score, np.ones(len(score), dtype=bool)
