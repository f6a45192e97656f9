"""IMS bearings run to failure (Qiu et al., 2006): is this bearing in the last two days of its life?

Protocol. A test is a round, its bearings are units; the first quarter of every bearing's recording is learnt from (the
last 30 % of it held back), the rest is judged. A bearing that failed is anomalous for its last two days. No labels are
seen. With three failures in all, take every number with its interval, and look at the ends of life one by one: whether
an alarm came in the last two days, how long before the end, and how often it was false before them.
"""

from collections.abc import Iterator
from pathlib import Path

from ..recordings import Recordings
from ..rounds import Round
from .common import fleet_of, lives_apart

LEARNT, HELD_BACK = 0.25, 0.3
HEADLINE = "auc_pr"
ENDS_OF_LIFE = True


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every test."""
    return lives_apart(Recordings.read(fleet_of("ims"), folder), r"^(test_\d+)", LEARNT, HELD_BACK)
