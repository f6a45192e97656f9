"""ASD (Li et al., KDD 2021): application servers of 19 channels, incidents with their root causes.

Protocol. A machine's train part is learnt from (its last 30 % held back, no labels), its test part is judged, as
published. Nothing of any label is seen: the threshold is a budget of one alarming row in a hundred, and the detector is
chosen by faults injected into the held-back rows of all machines. ``event_recall`` is the share of labelled incidents
that an alarming row touches.
"""

from collections.abc import Iterator
from pathlib import Path

from ..rounds import Round
from .machines import machine_rounds

HEADLINE = "event_recall"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every machine."""
    yield from machine_rounds("asd", folder)
