"""SKAB (Katser and Kozitsin, 2020): a pump loop, about twenty minutes a file, when did something go wrong?

Protocol. Every file is a round of its own: its first 400 rows are learnt from (the last 30 % of them held back for the
label-free budget), the rest is judged. Group ``all`` sets its threshold and its detector by the labels of all *other*
files; group ``label-free`` uses no label at all: a budget on the 400 rows, and faults injected into them. The
anomaly-free recording is no round: it has no event (see the calibration table).
"""

from collections.abc import Iterator
from pathlib import Path

from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of, rest

LEARNT, HELD_BACK = 400, 0.3
HEADLINE = "f1"


def rounds(folder: Path) -> Iterator[Round]:
    """Give every file with an event."""
    recordings = Recordings.read(fleet_of("skab"), folder)
    if recordings.labels.is_empty():
        raise recordings.lacking("a file with rows marked as anomalous")
    for unit in recordings.labels["unit_id"].unique().sort():
        one = recordings.of([unit])
        spans = first_part(one, LEARNT, HELD_BACK)
        yield Round("all", unit, one, spans, rest(one.lives(), spans), labels="other_rounds")
