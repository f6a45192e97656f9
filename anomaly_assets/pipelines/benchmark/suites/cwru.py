"""CWRU bearing vibration (Smith and Randall, 2015): is the bearing damaged?

Protocol. The first half of every healthy measurement is learnt from (the last 30 % of it held back), the second half
and all measurements of damaged bearings are judged, window by window of 1,024 samples. No labels are seen. What is
told of a window are its moments, the power in four bands and the envelope's energy at the bearing's fault frequencies.
Root mean square alone separates these files, so that this suite ranks nothing; it is here to be seen to be saturated.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of, rest

LEARNT, HELD_BACK = 0.5, 0.3
HEADLINE, BESIDE = "auc_pr", ("roc_auc",)


def rounds(folder: Path) -> Iterator[Round]:
    """Give the one round there is."""
    recordings = Recordings.read(fleet_of("cwru"), folder)
    lives = recordings.lives()
    healthy = pl.col("unit_id").str.contains("(?i)normal")
    spans = first_part(recordings.of(lives.filter(healthy)["unit_id"].to_list()), LEARNT, HELD_BACK)
    if spans.is_empty():
        raise recordings.lacking("a measurement of a healthy bearing")
    test = pl.concat([rest(lives, spans), lives.filter(~healthy)]).sort("unit_id")
    yield Round("all", "12 kHz", recordings, spans, test)
