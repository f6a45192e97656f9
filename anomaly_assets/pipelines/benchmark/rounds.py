"""One round of a benchmark: what is learnt from, what is held back, what is judged. No protocol lives here."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from ..learning import Lesson
from ..rows import Rows
from ..training_spans import inside
from .recordings import Recordings

Labels = Literal["none", "held_back", "other_rounds"]


@dataclass(frozen=True)
class Round:
    """One model to be made, and the windows that it is judged on.

    Attributes
    ----------
    group : rows of the table that it counts for.
    name : of the round within its group, such as a file or a fold.
    recordings : of the units that take part.
    spans : unit_id, start, split, resume, end: fit on [start, split), hold back [resume, end).
    test : unit_id, start, end: judged; disjoint from the spans.
    labels : which labels the protocol lets thresholds and selection see: ``none``, those of the windows held back,
        or those of the group's other rounds.
    """

    group: str
    name: str
    recordings: Recordings
    spans: pl.DataFrame
    test: pl.DataFrame
    labels: Labels = "none"

    def lesson(self) -> Lesson:
        """What models learn from; labels are in it only where the protocol lets them be seen."""
        seen = self.recordings.labels if self.labels == "held_back" else self.recordings.labels.clear()
        return Lesson(self.recordings.windows, seen, self.spans, {})

    def judged(self) -> Rows:
        """The windows to be judged; all others are history."""
        windows = self.recordings.windows
        return Rows.where(windows, inside(self.test, "start", "end", windows))
