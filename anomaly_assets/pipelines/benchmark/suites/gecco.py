"""GECCO 2017 water works: which minutes belong to an event?

Protocol. The first 40 % of the recording are learnt from without the events known by then, the last 30 % of that part
held back; the rest is judged. The events of the held-back part may be seen: they choose the detector when there are
enough of them. The threshold is a budget of one alarming row in a hundred.
"""

from collections.abc import Iterator
from pathlib import Path

from ..rounds import Round
from .single import single_rounds

HEADLINE = "auc_pr"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every recording."""
    yield from single_rounds("gecco", folder, learnt=0.4, labels="held_back")
