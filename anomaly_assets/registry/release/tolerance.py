"""How closely a graph's scores agree with the platform's, as each kind states it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tolerance:
    """Largest difference between a score and the platform's: ``relative`` times its magnitude, plus ``absolute``.

    Attributes
    ----------
    relative, absolute : 0 for both where the bits are the same.
    reason : why they can't be, as a sentence; empty where they are.
    usual : share of it that rounding usually takes up; scores that lie no further apart count as equal.
    """

    relative: float = 0.0
    absolute: float = 0.0
    reason: str = ""
    usual: float = 1.0

    def bound(self, scores: NDArray[np.float64] | float) -> Any:
        """Largest difference that each of the platform's scores allows, (n,) or a number."""
        return self.relative * np.abs(scores) + self.absolute

    def above(self, scores: NDArray[np.float64] | float) -> Any:
        """Score from which on one is greater than each of these, and not just rounded otherwise, (n,) or a number."""
        return scores + self.usual * self.bound(scores)

    def agrees(self, found: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each score is close enough to the platform's, (n,)."""
        return np.asarray(np.abs(found - scores) <= self.bound(scores))


EXACT = Tolerance()
"""The same operations in the same order."""
