"""Random score: the baseline that every measure must put at chance."""

from typing import Annotated

import numpy as np
from pydantic import Field

from .base import Detector, DetectorTags

_GOLDEN, _MIX_1, _MIX_2 = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


class RandomScore(Detector):
    """Scores in [0, 1) that know nothing: a seeded hash of the row's values.

    A hash and not a random stream, so that a row scores alike in whatever batch it comes. Equal rows score equally.

    Parameters
    ----------
    seed : another seed, another hash.

    References
    ----------
    Steele, G., Lea, D. and Flood, C. (2014). Fast splittable pseudorandom number generators. OOPSLA, 453-472.
    """

    tags = DetectorTags(deterministic=True, explains=False, sanity_only=True, knows_nothing=True)

    def __init__(self, *, seed: Annotated[int, Field(ge=0, lt=2**63)] = 0) -> None:
        self.seed = seed

    def _fit(self, matrix: np.ndarray, names: tuple[str, ...]) -> None:
        """Nothing to learn but the columns."""

    def _score(self, matrix: np.ndarray) -> np.ndarray:
        state = np.full(len(matrix), self.seed, dtype=np.uint64)
        for column in matrix.T:
            bits = (np.ascontiguousarray(column) + 0.0).view(np.uint64)  # + 0.0 makes -0.0 the 0.0 that it equals
            state = _splitmix(state ^ bits)
        return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _splitmix(state: np.ndarray) -> np.ndarray:
    """One step of SplitMix64 for uint64 (n_windows,), wrapping as it must."""
    state = state + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))
