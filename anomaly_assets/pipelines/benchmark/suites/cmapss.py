"""C-MAPSS (Saxena et al., PHM 2008): which flight cycles are among the last 30 before a turbofan fails?

Protocol. Every ``train_FD*.txt`` is a group; its engines run to failure, a cycle is anomalous when 30 or fewer remain.
Five folds, grouped by engine: an engine is judged by a model that never saw it, over its whole life. Of the other
engines one half is held back, whole lives with labels, to set the threshold (best F1) and to choose the detector; of
the other half, the first 60 cycles are learnt from. Scores are causal: trailing windows of an engine's own past.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path, PurePosixPath

import polars as pl

from ....evaluation import grouped_folds
from ..recordings import Recordings
from ..rounds import Round
from .common import fleet_of

FOLDS, HELD_BACK, HEALTHY = 5, 0.5, timedelta(days=60)
HEADLINE = "f1"


def rounds(folder: Path) -> Iterator[Round]:
    """Give the folds of every file."""
    recordings = Recordings.read(fleet_of("cmapss"), folder)
    for (name,), engines in recordings.files.group_by("source_file", maintain_order=True):
        group = PurePosixPath(str(name)).name.removeprefix("train_").split(".")[0]
        yield from _folds(group, recordings.of(engines["unit_id"].to_list()))


def _folds(group: str, recordings: Recordings) -> Iterator[Round]:
    lives, seed = recordings.lives(), recordings.fleet.training.seed
    folds = grouped_folds(lives["unit_id"].to_list(), folds=FOLDS, seed=seed)
    fold = pl.col("unit_id").replace_strict(folds)
    for number in sorted(set(folds.values())):
        others = lives.filter(fold != number).sample(fraction=1.0, shuffle=True, seed=seed + number)
        held = round(others.height * HELD_BACK)
        birth, healthy = pl.col("start"), pl.min_horizontal("end", pl.col("start") + HEALTHY)
        whole = others[:held].select("unit_id", start=birth, split=birth, resume=birth, end="end")
        early = others[held:].select("unit_id", start=birth, split=healthy, resume=healthy, end=healthy)
        spans = pl.concat([whole, early]).sort("unit_id")
        judged = lives.filter(fold == number)
        yield Round(group, f"fold {number + 1}", recordings, spans, judged, labels="held_back")
