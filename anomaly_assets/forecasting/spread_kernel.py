"""Spreads and recent changes of many units and days; compiled, so import it inside functions only."""

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


@compiled
def usual_changes(  # noqa: PLR0917
    values: np.ndarray, unit: np.ndarray, origin: np.ndarray, day: int, span: int, days: int
) -> np.ndarray:
    """Measure (n, days) how far readings of the ``span`` up to origins lay from those one, two, ... days before.

    The root of the mean square; NaN where less than a quarter can be compared.
    """
    found = np.empty((unit.size, days))
    for i in range(unit.size):
        series = values[unit[i]]
        for j in range(days):
            total, count = 0.0, 0
            for k in range(max(origin[i] - span + 1, (j + 1) * day), origin[i] + 1):
                change = series[k] - series[k - (j + 1) * day]
                if not np.isnan(change):
                    total += change * change
                    count += 1
            found[i, j] = np.sqrt(total / count) if count > 0 and count >= 0.25 * span else np.nan
    return found
