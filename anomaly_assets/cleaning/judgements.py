"""Readings that look wrong beside their own past: outliers and stuck values, flagged or removed as the fleet says.

Both look at the readings as they came (whether an earlier one was removed changes no later verdict), so that a verdict
depends on one window of the past and not on all of it. Settings are left alone: they jump and rest by design.
"""

from datetime import timedelta
from typing import Any

import numpy as np

from ..contracts import QUALITY
from .batch import Batch, microseconds


def find_outliers(batch: Batch) -> np.ndarray:
    """Readings further than ``sigmas`` standard deviations from the mean of the window before, (n_sensors, n_rows)."""
    from .kernels import each_far_from_past

    rule = batch.fleet.cleaning.outliers
    window = microseconds(rule.window)
    return _judged(batch, each_far_from_past, window, rule.sigmas, rule.min_readings)


def find_stuck(batch: Batch) -> np.ndarray:
    """Readings at the end of a run that has been unchanged for more than ``longer_than``, (n_sensors, n_rows).

    The run's first readings are not judged: while they came nobody could know. A gap ends a run.
    """
    from .kernels import each_unchanged

    rule = batch.fleet.cleaning.stuck
    silence = (batch.fleet.cleaning.impute_up_to or timedelta(0)) + 1.5 * batch.fleet.sampling
    return _judged(batch, each_unchanged, microseconds(rule.longer_than), rule.tolerance, microseconds(silence))


def apply_verdict(batch: Batch, verdict: np.ndarray, rule: str, action: str) -> int:
    """Flag the readings with the rule's quality bit, or take them out; return how many of the asked range."""
    present = verdict & ~np.isnan(batch.sensors)
    if not present.any():
        return 0
    if action == "remove":
        return batch.take_out(present, rule)
    batch.quality[present] |= np.uint8(QUALITY[rule])
    return int((present & batch.asked).sum())


def _judged(batch: Batch, kernel: Any, *limits: float) -> np.ndarray:
    """Ask the kernel about the present readings of each sensor that is no setting: boolean (n_sensors, n_rows)."""
    judged = np.array([sensor.role == "sensor" for sensor in batch.fleet.sensors.values()])
    return np.asarray(kernel(batch.unit, batch.time, batch.sensors, judged, *limits))
