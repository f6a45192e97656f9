"""IMS bearings run to failure (Qiu et al., 2006): is this bearing in the last two days of its life?

Protocol. A test is a round, its bearings are units; the first quarter of every bearing's recording is learnt from (the
last 30 % of it held back), the rest is judged. A bearing that failed is anomalous for its last two days. No labels are
seen. With three failures in all, take every number with its interval.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of, rest

LEARNT, HELD_BACK = 0.25, 0.3
HEADLINE = "auc_pr"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every test."""
    recordings = Recordings.read(fleet_of("ims"), folder)
    lives = recordings.lives()
    tests = lives.with_columns(test=pl.col("unit_id").str.extract(r"^(test_\d+)"))
    for (test,), units in tests.group_by("test", maintain_order=True):
        mine = recordings.of(units["unit_id"].to_list())
        spans = first_part(mine, LEARNT, HELD_BACK)
        yield Round("all", str(test), mine, spans, rest(mine.lives(), spans))
