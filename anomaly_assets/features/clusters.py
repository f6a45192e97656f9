"""Points that lie together: k-means by numbers alone, the same in any run; what a cluster means is told elsewhere."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .moments import FloatArray

EQUAL = 1e-12
"""Share of the sum of squares that is left by rounding alone."""


def nearest(points: FloatArray, centres: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Nearest centre of every point and its squared distance, (points,) each; a row depends on itself alone."""
    distances = np.zeros((len(centres), len(points)))
    for place, coordinate in enumerate(points.T):
        distances += (coordinate - centres[:, place, None]) ** 2
    return distances.argmin(axis=0), distances.min(axis=0)


def k_means(points: FloatArray, clusters: int, *, seed: int, starts: int = 5, rounds: int = 100) -> FloatArray:
    """Centres of at most so many clusters, (clusters, coordinates), sorted by coordinates.

    Lloyd's rounds from k-means++ starts (Arthur & Vassilvitskii 2007); the best of several starts is kept. There are
    fewer clusters where there are fewer distinct points.
    """
    random = np.random.default_rng(seed)
    found = [_settled(points, _started(points, clusters, random), rounds) for _ in range(starts)]
    best = min(found, key=lambda centres: float(nearest(points, centres)[1].sum()))
    return best[np.lexsort(best.T[::-1])]


def cluster_count(points: FloatArray, *, seed: int, at_most: int = 12) -> int:
    """Number of clusters whose last one helped most: the largest fall, as a ratio, of the variance within clusters.

    1 where all points are equal. There is no right answer for points that lie in no clusters; so few are given then.
    """
    within = [float(((points - points.mean(axis=0)) ** 2).sum())]
    while within[-1] > EQUAL * float((points**2).sum()) and len(within) < at_most:
        within.append(float(nearest(points, k_means(points, len(within) + 1, seed=seed))[1].sum()))
    falls = [later / before for before, later in pairwise(within)]
    return 2 + int(np.argmin(falls)) if falls else 1


def _started(points: FloatArray, clusters: int, random: np.random.Generator) -> FloatArray:
    centres = points[random.integers(len(points))][None]
    while len(centres) < clusters:
        distance = nearest(points, centres)[1]
        if not distance.any():
            break
        chosen = np.searchsorted(np.cumsum(distance), random.random() * distance.sum(), side="right")
        centres = np.vstack([centres, points[min(chosen, len(points) - 1)]])
    return centres


def _settled(points: FloatArray, centres: FloatArray, rounds: int) -> FloatArray:
    for _ in range(rounds):
        owner = nearest(points, centres)[0]
        count = np.bincount(owner, minlength=len(centres))
        sums = np.column_stack([np.bincount(owner, coordinate, minlength=len(centres)) for coordinate in points.T])
        moved = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres
