"""Readings that look wrong beside their own past: outliers and stuck values, flagged or removed as the fleet says.

Both look at the readings as they came (whether an earlier one was removed changes no later verdict), so that a verdict
depends on one window of the past and not on all of it. Settings are left alone: they jump and rest by design.
"""

from datetime import timedelta
from typing import Any

import numpy as np

from ..contracts import QUALITY
from .batch import Batch, microseconds


def find_outliers(batch: Batch) -> dict[str, np.ndarray]:
    """Readings further than ``sigmas`` standard deviations from the mean of the window before them, by sensor."""
    from .kernels import far_from_past

    rule = batch.fleet.cleaning.outliers
    window = microseconds(rule.window)
    return _judged(batch, far_from_past, window, rule.sigmas, rule.min_readings)


def find_stuck(batch: Batch) -> dict[str, np.ndarray]:
    """Readings at the end of a run that has been unchanged for more than ``longer_than``, by sensor.

    The run's first readings are not judged: while they came nobody could know. A gap ends a run.
    """
    from .kernels import unchanged

    rule = batch.fleet.cleaning.stuck
    silence = (batch.fleet.cleaning.impute_up_to or timedelta(0)) + 1.5 * batch.fleet.sampling
    return _judged(batch, unchanged, microseconds(rule.longer_than), rule.tolerance, microseconds(silence))


def apply_verdict(batch: Batch, verdict: dict[str, np.ndarray], rule: str, action: str) -> int:
    """Flag the readings with the rule's quality bit, or take them out; return how many of the asked range."""
    touched = 0
    for sensor, rows in verdict.items():
        present = rows & ~np.isnan(batch.sensors[sensor])
        if action == "remove":
            touched += batch.take_out(sensor, present, rule)
        else:
            batch.quality[sensor][present] |= np.uint8(QUALITY[rule])
            touched += int((present & batch.asked).sum())
    return touched


def _judged(batch: Batch, kernel: Any, *limits: float) -> dict[str, np.ndarray]:
    """Ask the kernel about each sensor's present readings: boolean (n_rows,) by sensor."""
    verdict = {}
    for sensor in batch.fleet.feature_sensors:
        present = np.flatnonzero(~np.isnan(batch.sensors[sensor]))
        rows = np.zeros(batch.time.size, dtype=bool)
        rows[present] = kernel(batch.unit[present], batch.time[present], batch.sensors[sensor][present], *limits)
        verdict[sensor] = rows
    return verdict
