"""Blocks for resampling: parts of the scored time that may be taken as independent of each other.

Units where there are enough of them; else contiguous stretches of time that no event is cut by.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray


def resampling_blocks(
    windows: pl.DataFrame, *, block: str = "unit_id", fewest: int = 5, pieces: int = 20
) -> NDArray[np.int64]:
    """Number the block of each window: (n_windows,), ascending from 0 in the order of first appearance.

    With fewer than ``fewest`` different values of ``block`` an interval over them would be a guess. Each unit's time is
    then cut into contiguous stretches (block bootstrap, Künsch 1989), about ``pieces`` of equal count over all units;
    a cut that would fall into an event waits for its end. Stretches must be long beside the memory of the score: few
    long pieces are the safe side, and the interval is rough where memory is longer.

    Parameters
    ----------
    windows : unit_id, window_start, Boolean ``label`` and the column ``block``; sorted by unit_id and window_start.
    block : column of what varies independently: a unit, a site.
    """
    if windows.is_empty():
        return np.empty(0, dtype=np.int64)
    values = windows[block]
    if values.n_unique() >= fewest:
        return (values.rank("dense") - 1).cast(pl.Int64).to_numpy()
    opens = _unit_opens(windows["unit_id"])
    return np.cumsum(opens | _cuts(opens, windows["label"].to_numpy(), -(-windows.height // pieces))) - 1


def _unit_opens(units: pl.Series) -> NDArray[np.bool_]:
    return (units != units.shift(1)).fill_null(True).to_numpy()


def _cuts(opens: NDArray[np.bool_], labels: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Mark every ``length``-th window of a unit, or the next one after it that no event carries on into."""
    rows = np.arange(opens.size)
    within = rows - np.maximum.accumulate(np.where(opens, rows, 0))
    carried = np.concatenate([[False], labels[1:] & labels[:-1]]) & ~opens
    allowed = np.append(np.flatnonzero(~carried), opens.size)
    moved = allowed[np.searchsorted(allowed, np.flatnonzero((within > 0) & (within % length == 0)))]
    marks = np.zeros(opens.size, dtype=bool)
    marks[moved[moved < opens.size]] = True
    return marks


def mixtures(blocks: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each block is drawn: (1 + resamples, blocks); the first row is all blocks once, as they are."""
    drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), size=resamples)
    return np.concatenate([np.ones((1, blocks)), drawn.astype(np.float64)])
