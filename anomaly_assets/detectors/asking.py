"""How a detector of either sort is asked about plain rows of features: histories are made on the way, in pieces.

This is the only road from scaled features to `fit`, `score`, `explain` and `expected` that the pipelines take.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .base import Detector
from .columns import BLOCK, choose
from .sequences import history_index, sequences
from .telling import Told


def fit_detector(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_] | None = None) -> Detector:
    """Fit on scaled features, sorted by unit and time; returns the detector.

    A sequence detector learns from at most its ``max_windows`` histories, evenly spaced, so that every unit and season
    keeps its share.

    Parameters
    ----------
    detector : of either sort.
    windows : (n_windows,) keys and features.
    wanted : (n_windows,) which to learn from; the others serve as history. All when not given.
    """
    if detector.steps == 1:
        return detector.fit(windows if wanted is None else windows.filter(pl.Series(wanted)))
    index = history_index(windows, detector.steps)
    index = _complete(windows, index, wanted)
    every = max(1, -(-len(index) // detector.max_windows)) if detector.max_windows else 1
    columns, gaps = choose(windows, detector.statistics), detector.tags.gaps
    return detector.fit(sequences(windows, columns, index[::every], gaps=gaps))


def _complete(windows: pl.DataFrame, index: NDArray[np.int64], wanted: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Keep the wanted histories, without those from before a unit had a whole one, unless there are no others."""
    nth = windows.select(pl.int_range(pl.len()).over(pl.col("unit_id").rle_id())).to_series().to_numpy()
    asked = np.ones(len(index), dtype=bool) if wanted is None else wanted
    whole = asked & (nth >= index.shape[1] - 1)
    return index[whole if whole.any() else asked]


def score_windows(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_] | None = None) -> np.ndarray:
    """Score scaled features, sorted by unit and time: float64 (n_wanted,).

    Parameters
    ----------
    detector : fitted.
    windows : keys and features; those that are not wanted serve as history.
    wanted : (n_windows,) which to score; all when not given.
    """
    if detector.steps == 1:
        return detector.score(windows if wanted is None else windows.filter(pl.Series(wanted)))
    return np.concatenate([np.empty(0), *(detector.score(piece) for piece in _pieces(detector, windows, wanted))])


def tell_windows(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_] | None = None) -> Told:
    """Score as `score_windows` does, and tell kinds on the same walk; a sequence detector knows none."""
    if detector.steps > 1:
        return Told(score_windows(detector, windows, wanted))
    return detector.tell(windows if wanted is None else windows.filter(pl.Series(wanted)))


def explain_windows(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_]) -> pl.DataFrame | None:
    """Contributions of each sensor to the scores of the wanted windows; None where the method has none."""
    if not detector.tags.explains or not wanted.any():
        return None
    if detector.steps == 1:
        return detector.explain(windows.filter(pl.Series(wanted)))
    parts = [detector.explain(piece) for piece in _pieces(detector, windows, wanted)]
    return pl.concat([part for part in parts if part is not None])


def expected_windows(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_]) -> pl.DataFrame | None:
    """Values that the features of the wanted windows should have had, scaled; None where the method expects none."""
    if not detector.tags.expects or not wanted.any():
        return None
    if detector.steps == 1:
        return detector.expected(windows.filter(pl.Series(wanted)))
    parts = [detector.expected(piece) for piece in _pieces(detector, windows, wanted)]
    return pl.concat([part for part in parts if part is not None])


def _pieces(detector: Detector, windows: pl.DataFrame, wanted: NDArray[np.bool_] | None) -> Iterator[pl.DataFrame]:
    index = history_index(windows, detector.steps)
    index = index if wanted is None else index[wanted]
    for start in range(0, len(index), BLOCK):
        part = index[start : start + BLOCK]
        yield sequences(windows, detector.feature_names_in_, part, gaps=detector.tags.gaps)
