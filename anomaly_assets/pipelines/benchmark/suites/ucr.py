"""UCR anomaly archive (Wu and Keogh, 2021): where is the one anomaly of this series?

Protocol. The part that the archive declares free of anomalies is learnt from (its last 30 % held back), the rest is
judged. No labels are seen; detectors of shapes look at half a period, by the autocorrelation of the part that is learnt
from. ``hit_rate`` is the archive's own score: the highest score lies within the anomaly or 100
values beside it. Series that are passed on without their train part (``.test.csv``) are left out.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ....detectors import detector_class, period_of
from ....ingest.ucr import train_end
from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of, rest

HELD_BACK, SHORTEST = 0.3, 8
HEADLINE = "hit_rate"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every series."""
    recordings = Recordings.read(fleet_of("ucr"), folder)
    for unit, name, start in recordings.files.select("unit_id", "source_file", "start").iter_rows():
        end, one = train_end(name), recordings.of([unit])
        if end is not None and start is not None:
            spans = first_part(one, end, HELD_BACK)
            yield Round("all", unit, _fitted_to_rhythm(one, end), spans, rest(one.lives(), spans))


def _fitted_to_rhythm(recordings: Recordings, learnt: int) -> Recordings:
    """Let detectors of shapes look at half a period of the part that is learnt from, where it has one."""
    period = period_of(recordings.cleaned["value"][:learnt].fill_null(strategy="forward").to_numpy())
    if period is None:
        return recordings
    detectors = {
        name: config.model_copy(update={"params": config.params | {"steps": max(SHORTEST, period // 2)}})
        if detector_class(config.kind).tags.reads == "sequence"
        else config
        for name, config in recordings.fleet.detectors.items()
    }
    return replace(recordings, fleet=recordings.fleet.model_copy(update={"detectors": detectors}))
