"""What the checks ask a detector about when they compare answers: a fault it sees, and whom it blames for it."""

from functools import lru_cache

import numpy as np
import polars as pl

from ..base import Detector
from .frames import frames_for
from .making import Maker

_TELLING = ("level_shift", "noise_burst", "spike", "drift", "stuck", "correlation_break")
"""Fault kinds, the one that leaves least doubt about its sensor first."""


def telling_fault(make: Maker) -> str | None:
    """Choose the clearest fault that the tags don't rule out; None where they rule out all."""
    blind = make().tags.cannot_see
    return next((fault for fault in _TELLING if fault not in blind), None)


@lru_cache(maxsize=8)
def asked_about(make: Maker) -> pl.DataFrame:
    """Lay normal windows and windows of the clearest fault behind each other."""
    frames, fault = frames_for(make), telling_fault(make)
    normal = frames.windows(seed=1)
    return normal.vstack(frames.fault_rows(fault)) if fault else normal


def blamed(detector: Detector, frame: pl.DataFrame) -> np.ndarray:
    """Name the sensor with the largest contribution to each score: str (n_windows,)."""
    explained = detector.explain(frame)
    if explained is None:
        raise AssertionError("tags promise contributions, explain gives None")
    return np.array(explained.columns)[explained.to_numpy().argmax(axis=1)]
