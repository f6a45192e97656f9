"""What suites share whose recordings are each learnt from at their beginning and judged on the rest."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ..recordings import Recordings
from ..rounds import Labels, Round
from .common import first_part, fleet_of, rest

HELD_BACK = 0.3


def single_rounds(
    suite: str,
    folder: Path,
    *,
    learnt: float,
    held_back: float = HELD_BACK,
    labels: Labels = "none",
    group: Callable[[str], str] = lambda unit: "all",
) -> Iterator[Round]:
    """Give a round for every unit.

    Parameters
    ----------
    learnt : share of a recording that is learnt from.
    held_back : share of that part that models are calibrated and chosen on.
    labels : which labels may be seen.
    group : the group that a unit counts for.
    """
    recordings = Recordings.read(fleet_of(suite), folder)
    for unit in recordings.lives()["unit_id"]:
        one = recordings.of([unit])
        spans = first_part(one, learnt, held_back)
        yield Round(group(unit), unit, one, spans, rest(one.lives(), spans), labels=labels)
