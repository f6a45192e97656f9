"""River stations (Logan River Observatory; Jones et al., 2022): which readings did a technician mark?

Protocol. A station is a round. The first half of its windows is learnt from, without those marked by then,
the last 30 % of them held back; later years with marks are judged. Technicians' marks of the held-back part may be
seen, as on site: they choose the detector when there are enough. The threshold is a budget of one false alarm in ten
days and station. Years without any mark are not judged: nobody looked.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..recordings import Recordings
from ..rounds import Round
from .common import first_part, fleet_of

LEARNT, HELD_BACK = 0.5, 0.3
HEADLINE = "auc_pr"


def rounds(folder: Path) -> Iterator[Round]:
    """Give a round for every station."""
    yield from stations(Recordings.read(fleet_of("lro"), folder))


def stations(recordings: Recordings) -> Iterator[Round]:
    """Give a round for every station that has marks after the part that is learnt from."""
    for unit in recordings.lives()["unit_id"]:
        one = recordings.of([unit])
        spans = first_part(one, LEARNT, HELD_BACK)
        judged = _marked_years(one, spans)
        if judged.height:
            yield Round("all", unit, one, spans, judged, labels="held_back")


def _marked_years(recordings: Recordings, spans: pl.DataFrame) -> pl.DataFrame:
    """Take the files that hold marks, as far as they lie after the training part: unit_id, start, end."""
    touched = recordings.files.join(recordings.labels.select("unit_id", marked="start"), on="unit_id")
    marked = touched.filter(pl.col("marked").is_between("start", "end", closed="left"))
    files = marked.select("unit_id", "start", "end").unique().sort("start")
    later = files.with_columns(start=pl.max_horizontal("start", pl.lit(spans["end"][0])))
    whole = later.filter(pl.col("start") < pl.col("end"))
    return whole.group_by("unit_id").agg(pl.col("start").min(), pl.col("end").max())
