"""The battery's recordings in the shape that a detector reads: plain rows, or histories when it looks at several steps.

What a recording holds is in recordings.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from ..base import Detector
from ..columns import choose
from ..sequences import history_index, sequences
from . import recordings
from .recordings import FAULTY, ROWS

ASKED = 300
"""Rows of a short recording: enough to cross the edges of blocks, few enough for checks that fit several times."""


@dataclass(frozen=True)
class Frames:
    """Recordings for a detector of ``steps`` steps and ``statistics``; those of several steps have a rhythm to learn.

    Every history in a frame is whole: none reaches beyond the start of its recording. Each row of a frame is a window
    with all that may be known about it, so that cutting a frame between any two rows takes nothing away. ``unscaled``
    ones have features as they were measured.
    """

    steps: int
    statistics: tuple[str, ...] | None
    unscaled: bool = False

    def windows(
        self, rows: int = ROWS, *, seed: int = 0, fault: str | None = None, faulty: str = FAULTY
    ) -> pl.DataFrame:
        """Make a recording of n ``rows``, faulty throughout when a fault is named."""
        return _recording(self, rows, seed, fault, faulty)

    def fault_rows(self, fault: str, *, seed: int = 2, faulty: str = FAULTY) -> pl.DataFrame:
        """Make only the rows of a faulty recording that show the fault, in histories as their last step."""
        before = self.steps - 1
        shown = recordings.shown(fault, ROWS + before) - before
        return self.windows(seed=seed, fault=fault, faulty=faulty)[shown[shown >= 0]]

    def recording(self, rows: int = ASKED, *, seed: int = 1) -> pl.DataFrame:
        """Make plain rows (keys and features), as `asking.score_windows` takes them."""
        return recordings.windows(rows, seed=seed, rhythm=self.steps > 1, unscaled=self.unscaled)


def frames_for(make: Callable[[], Detector]) -> Frames:
    """Find out which frames the maker's detectors read."""
    detector = make()
    return Frames(detector.steps, detector.statistics, detector.tags.unscaled)


def overwritten(frame: pl.DataFrame, column: str, value: float | int | None) -> pl.DataFrame:
    """Put one value in the place of all values of a column, in each step of its histories."""
    number = pl.Int64() if isinstance(value, int) else pl.Float64()
    dtype = frame.schema[column]
    if not isinstance(dtype, pl.Array):
        return frame.with_columns(pl.lit(value, dtype=number).alias(column))
    return frame.with_columns(pl.Series(column, [[value] * dtype.size] * frame.height, pl.Array(number, dtype.size)))


@lru_cache(maxsize=64)
def _recording(frames: Frames, rows: int, seed: int, fault: str | None, faulty: str) -> pl.DataFrame:
    before = frames.steps - 1
    asked = {"seed": seed, "fault": fault, "faulty": faulty, "rhythm": frames.steps > 1, "unscaled": frames.unscaled}
    whole = recordings.windows(rows + before, **asked)
    if frames.steps == 1:
        return whole
    return sequences(whole, choose(whole, frames.statistics), history_index(whole, frames.steps)[before:])
