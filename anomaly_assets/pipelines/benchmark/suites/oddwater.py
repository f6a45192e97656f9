"""A river station with labelled sensor trouble (Talagala et al., 2019): which readings are technical anomalies?

Protocol. The first 40 % of the recording are learnt from, the last 30 % of that part held back; the rest is judged. No
labels are seen; the threshold is a budget of one alarming row in a hundred.
"""

from collections.abc import Iterator
from pathlib import Path

from ..rounds import Round
from .single import single_rounds

HEADLINE = "auc_pr"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every recording."""
    yield from single_rounds("oddwater", folder, learnt=0.4)
