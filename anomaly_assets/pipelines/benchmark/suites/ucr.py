"""UCR anomaly archive (Wu and Keogh, 2021): where is the one anomaly of this series?

Protocol. The part that the archive declares free of anomalies is learnt from (its last 30 % held back), the rest is
judged. No labels are seen. ``hit_rate`` is the archive's own score: the highest score lies within the anomaly or 100
values beside it. Series that are passed on without their train part (``.test.csv``) are left out.
"""

from collections.abc import Iterator
from pathlib import Path

from ....ingest.ucr import train_end
from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of, rest

HELD_BACK = 0.3


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every series."""
    recordings = Recordings.read(fleet_of("ucr"), folder)
    for unit, name, start in recordings.files.select("unit_id", "source_file", "start").iter_rows():
        end, one = train_end(name), recordings.of([unit])
        if end is not None and start is not None:
            spans = first_part(one, end, HELD_BACK)
            yield Round("all", unit, one, spans, rest(one.lives(), spans))
