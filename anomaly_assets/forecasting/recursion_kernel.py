"""The recursion over steps, all origins together; compiled, so import it inside functions only."""

import numpy as np

from .compiling import compiled
from .feature_kernel import one_step_row
from .tree_kernel import walk


@compiled
def recur(  # noqa: PLR0917
    past: np.ndarray,
    first: np.ndarray,
    spread: np.ndarray,
    spans: tuple,
    shape: tuple,
    with_calendar: bool,
    trees: tuple,
) -> np.ndarray:
    """Return (n, horizon) readings ahead of the last column of ``past`` (n, lookback).

    ``first`` is the step of each row's first column; ``shape`` lookback, horizon, day, number of features; ``trees``
    nodes, roots, levels, start. A silent last reading is the last one that was read.
    """
    lookback, horizon, day, width = shape
    nodes, roots, levels, start = trees
    n = past.shape[0]
    series = np.empty((n, lookback + horizon))
    series[:, :lookback] = past
    for i in range(n):
        k = lookback - 1
        while k > 0 and np.isnan(series[i, k]):
            k -= 1
        series[i, lookback - 1] = series[i, k]
    told = np.empty((n, width))
    for k in range(lookback - 1, lookback + horizon - 1):
        for i in range(n):
            one_step_row(series[i], k, first[i], spread[i], spans, day, with_calendar, told[i])
        change = walk(told, nodes, roots, levels, start)
        for i in range(n):
            series[i, k + 1] = series[i, k] + spread[i] * change[i]
    return series[:, lookback:]
