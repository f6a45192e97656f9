"""What suites share: their fleet's file, its sensors when the recordings name them, spans of a part of each unit."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from ....config import FleetConfig

HERE = Path(__file__).parent


def fleet_of(suite: str, **changes: Any) -> FleetConfig:
    """Read a suite's fleet: common.yaml, changed by the suite's own file.

    Detectors are joined; ``without`` names those of common.yaml that the suite leaves out. Keys that only the
    recordings can tell, such as the sensors, are given as changes.
    """
    common, own = _document("common"), _document(suite)
    own["detectors"] = common["detectors"] | (own.get("detectors") or {})
    dropped = own.pop("without", [])
    own["detectors"] = {name: detector for name, detector in own["detectors"].items() if name not in dropped}
    return FleetConfig.model_validate(common | own | {"fleet": suite} | changes)


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return document


def first_part(lives: pl.DataFrame, length: timedelta | pl.Expr, share: float, embargo: timedelta) -> pl.DataFrame:
    """Learn from the first part of every unit, of which the last share is held back after an embargo.

    Parameters
    ----------
    lives : unit_id, start, end of every unit.
    length : of the part.
    share : of the part that is held back.
    embargo : time left out before it; never more than half of it.
    """
    span = pl.lit(length) if isinstance(length, timedelta) else length
    held = span * share
    out = pl.min_horizontal(pl.lit(embargo), held * 0.5)
    return lives.select(
        "unit_id",
        "start",
        split=pl.col("start") + span - held,
        resume=pl.col("start") + span - held + out,
        end=pl.col("start") + span,
    )


def rest(lives: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Judge what comes after the part that is learnt from: unit_id, start, end."""
    learnt = spans.select("unit_id", pl.col("end").alias("start"))
    return learnt.join(lives.select("unit_id", "end"), on="unit_id").select("unit_id", "start", "end")
