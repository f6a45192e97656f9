"""Tennessee Eastman process (Downs and Vogel, 1993; files of Chiang, Russell and Braatz): is the plant at fault?

Protocol. Normal operation ``d00`` is learnt from (its last 30 % held back), every ``_te`` file is judged: ``d00_te`` is
normal throughout, the others are at fault from sample 160 on. No labels are seen; the threshold is calibrated for one
false alarm in a hundred windows. ``recall`` is the detection rate over all faults, those included (3 and 9) that are
known to be all but invisible.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of

NORMAL, HELD_BACK = "d00", 0.3
VARIABLES = [*(f"xmeas_{i}" for i in range(1, 42)), *(f"xmv_{i}" for i in range(1, 12))]
HEADLINE = "recall"


def rounds(folder: Path) -> Iterator[Round]:
    """Give the one round there is."""
    recordings = Recordings.read(fleet_of("tep", sensors={name: {} for name in VARIABLES}), folder)
    lives = recordings.lives()
    normal, judged = lives.filter(unit_id=NORMAL), lives.filter(pl.col("unit_id").str.ends_with("_te"))
    if normal.is_empty() or judged.is_empty():
        raise recordings.lacking("normal operation d00 and a file d.._te")
    spans = first_part(recordings.of([NORMAL]), 1.0, HELD_BACK)
    yield Round("all", "d00", recordings.of([NORMAL, *judged["unit_id"]]), spans, judged)
