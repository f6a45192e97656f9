"""Spreads of many units and days; compiled, so import it inside functions only."""

import numpy as np

from .compiling import compiled
from .feature_kernel import usual_spread


@compiled
def usual_spreads(  # noqa: PLR0917
    values: np.ndarray, first: int, unit: np.ndarray, column: np.ndarray, day: int, span: int
) -> np.ndarray:
    """Take ``usual_spread`` of (n,) units and columns."""
    found = np.empty(unit.size)
    for i in range(unit.size):
        found[i] = usual_spread(values[unit[i]], column[i], first, day, span)
    return found
