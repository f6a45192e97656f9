"""FEMTO bearings run to failure (Nectoux et al., 2012): is this bearing in the last quarter of an hour of its life?

Protocol, that of the IMS bearings. An operating condition (speed and load) is a round, its bearings are units; the
first quarter of every bearing's recording is learnt from (the last 30 % of it held back), the rest is judged. A bearing
is anomalous for its last 15 minutes, of lives of one and a half to eight hours at an overload. No labels are seen. Read
from tables of features, a row every ten seconds. Some bearings wear over hours, others break within minutes: a clock
ranks these windows better than every detector, so look at the ends of life.
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
    """Give a round for every operating condition."""
    return lives_apart(Recordings.read(fleet_of("femto"), folder), r"^(Bearing\d+)", LEARNT, HELD_BACK)
