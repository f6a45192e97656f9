"""Numenta Anomaly Benchmark (Lavin and Ahmad, 2015): where in a metric's history is something wrong?

Protocol. Unsupervised and causal: the first 15 % of every series, NAB's probationary part, are learnt from (the last
half of that held back), the rest is judged against NAB's windows. No labels are seen. A group is a folder of NAB.
"""

from collections.abc import Iterator
from pathlib import Path

from ..rounds import Round
from .single import single_rounds

HEADLINE = "vus_pr"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every series."""
    yield from single_rounds("nab", folder, learnt=0.15, held_back=0.5, group=_folder)


def _folder(unit: str) -> str:
    return unit.partition("_")[0]
