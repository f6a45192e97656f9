"""The nearest of many reference rows, exactly, without a look at most of them; compiled: import it in functions.

References lie in strips along an axis (strips.py). Rows that lie near each other along it walk outwards together, strip
by strip, and stop where the next strip is farther along the axis alone than what they have found.
What the neighbours mean belongs in the detectors.
"""

import numpy as np

from .compiled import compiled
from .distance_kernel import TOGETHER, squared_distances
from .strips import STRIP

Places = tuple[np.ndarray, np.ndarray]
References = tuple[np.ndarray, np.ndarray, np.ndarray]
Found = tuple[np.ndarray, np.ndarray]
"""Each as `nearest_references` describes it."""

GROUP = 32
"""Distances that are looked at together for one near enough."""

BATCH = 64
"""Rows that walk the strips together, so that a strip is fetched once for all of them."""

SURELY = 1 - 1e-9
"""Times a squared gap it is less than the squared distance, however squares, roots and the axis' length round."""


@compiled
def _insert(value: float, index: int, nearest: np.ndarray, indices: np.ndarray) -> None:
    """Put one neighbour into the ascending list of the nearest, before equally near later ones; the last falls out."""
    at = len(nearest) - 1
    while at > 0 and (nearest[at - 1] > value or (nearest[at - 1] == value and indices[at - 1] > index)):
        nearest[at], indices[at] = nearest[at - 1], indices[at - 1]
        at -= 1
    nearest[at], indices[at] = value, index


@compiled
def _within(squared: np.ndarray, farthest: float) -> int:
    """Count those as near: without a branch, many are looked at in one step."""
    count = 0
    for j in range(len(squared)):
        count += squared[j] <= farthest
    return count


@compiled
def _keep_nearest(squared: np.ndarray, start: int, nearest: np.ndarray, indices: np.ndarray) -> None:
    """Take over those of the distances that are among the least; most groups hold none and are passed by."""
    for first in range(0, len(squared), GROUP):
        group = squared[first : first + GROUP]
        if _within(group, nearest[-1]):
            for j in range(len(group)):
                index = start + first + j
                if group[j] < nearest[-1] or (group[j] == nearest[-1] and index < indices[-1]):
                    _insert(group[j], index, nearest, indices)


@compiled
def _beyond(gap: float, nearest: np.ndarray) -> bool:
    """Tell whether nothing behind a gap along the axis can be among the nearest of any row, (n_rows, k)."""
    farthest = 0.0
    for i in range(len(nearest)):
        farthest = max(farthest, nearest[i, -1])
    return gap > 0 and gap * gap * SURELY > farthest


@compiled
def _search_strip(rows: np.ndarray, columns: np.ndarray, at: int, found: Found) -> None:
    """Compare up to TOGETHER rows with the references of a strip."""
    nearest, indices = found
    start = at * STRIP
    squared = np.empty((len(rows), min(STRIP, columns.shape[1] - start)))
    squared_distances(rows, columns, start, squared)
    for i in range(len(rows)):
        _keep_nearest(squared[i], start, nearest[i], indices[i])


@compiled
def _search_strips(rows: np.ndarray, places: Places, references: References, found: Found) -> None:
    """Search from the strip at which rows lie outwards, on the side where the next one is nearer, till none is near."""
    least, greatest = places
    columns, low, high = references
    nearest, indices = found
    right = np.searchsorted(low, least[len(rows) // 2])
    left = right - 1
    while left >= 0 or right < len(low):
        before = least.min() - high[left] if left >= 0 else np.inf
        behind = low[right] - greatest.max() if right < len(low) else np.inf
        if _beyond(min(before, behind), nearest):
            return
        at = left if before <= behind else right
        left, right = (left - 1, right) if before <= behind else (left, right + 1)
        for first in range(0, len(rows), TOGETHER):
            some = slice(first, first + TOGETHER)
            gap = max(low[at] - greatest[some].max(), least[some].min() - high[at])
            if not _beyond(gap, nearest[some]):
                _search_strip(rows[some], columns, at, (nearest[some], indices[some]))


@compiled
def nearest_references(rows: np.ndarray, places: Places, references: References, k: int) -> Found:
    """Find each row's k nearest references, nearest first; of equally near ones the earlier.

    Quick when neighbouring rows are at neighbouring places; the answer doesn't depend on it.

    Parameters
    ----------
    rows : float64 (n_rows, n_features), C-contiguous.
    places : (n_rows,) least and greatest place along an axis of length 1 at which each row may lie.
    references : float64 (n_features, n_references), C-contiguous, feature by feature; and between which places each
        STRIP of them lies, (n_strips,) each, both ascending; -inf and inf where nothing is known of it.
    k : at most n_references.

    Returns
    -------
    Squared distances and positions of the references, (n_rows, k) each.
    """
    least, greatest = places
    nearest, indices = np.full((len(rows), k), np.inf), np.zeros((len(rows), k), np.int64)
    for first in range(0, len(rows), BATCH):
        some = slice(first, first + BATCH)
        _search_strips(rows[some], (least[some], greatest[some]), references, (nearest[some], indices[some]))
    return nearest, indices
