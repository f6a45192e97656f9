"""What suites share: their fleet's file, its sensors when the recordings name them, spans of a part of each unit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from ....config import FleetConfig
from ..recordings import Recordings
from ..rounds import Round

HERE = Path(__file__).parent


def fleet_of(suite: str, **changes: Any) -> FleetConfig:
    """Read a suite's fleet: common.yaml, changed by the suite's own file.

    Detectors are joined; ``preferred`` names those that come first when models tie, ``without`` those of common.yaml
    that the suite leaves out. Keys that only the
    recordings can tell, such as the sensors, are given as changes.
    """
    common, own = _document("common"), _document(suite)
    own["detectors"] = common["detectors"] | (own.get("detectors") or {})
    preferred, dropped = own.pop("preferred", []), own.pop("without", [])
    order = [*preferred, *(name for name in own["detectors"] if name not in preferred)]
    own["detectors"] = {name: own["detectors"][name] for name in order if name not in dropped}
    return FleetConfig.model_validate(common | own | {"fleet": suite} | changes)


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return document


def first_part(recordings: Recordings, learnt: int | float, held_back: float) -> pl.DataFrame:
    """Learn from the first windows of every unit, of which the last share is held back after an embargo.

    Counted in windows and not in time, so that a gap takes nothing away from either part.

    Parameters
    ----------
    learnt : number of windows, or share of a unit's windows.
    held_back : share of them; the embargo is the longest look-back, and never more than half of it.

    Returns
    -------
    unit_id, start, split, resume, end; sorted by unit.
    """
    moment, every = pl.col("window_start"), pl.len()
    taken = pl.min_horizontal(pl.lit(learnt), every) if isinstance(learnt, int) else (every * learnt).cast(pl.Int64)
    kept = (taken * (1 - held_back)).cast(pl.Int64)
    units = recordings.windows.group_by("unit_id").agg(
        moment.min().alias("start"),
        moment.sort().get(kept.first()).alias("split"),
        pl.col("window_end").sort().get(taken.first() - 1).alias("end"),
    )
    embargo = pl.min_horizontal(pl.lit(recordings.fleet.lookback), (pl.col("end") - pl.col("split")) / 2)
    spans = units.with_columns(resume=pl.col("split") + embargo)
    return spans.select("unit_id", "start", "split", "resume", "end").sort("unit_id")


def rest(lives: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Judge what comes after the part that is learnt from: unit_id, start, end."""
    learnt = spans.select("unit_id", pl.col("end").alias("start"))
    return learnt.join(lives.select("unit_id", "end"), on="unit_id").select("unit_id", "start", "end")


def lives_apart(recordings: Recordings, pattern: str, learnt: float, held_back: float) -> Iterator[Round]:
    """Give a round for every part of the units' names that the pattern finds: their first part is learnt from.

    Parameters
    ----------
    pattern : regular expression with one group, which names the round.
    learnt, held_back : see `first_part`; all that comes after is judged.
    """
    named = recordings.lives().with_columns(test=pl.col("unit_id").str.extract(pattern))
    for (name,), units in named.group_by("test", maintain_order=True):
        mine = recordings.of(units["unit_id"].to_list())
        spans = first_part(mine, learnt, held_back)
        yield Round("all", str(name), mine, spans, rest(mine.lives(), spans))
