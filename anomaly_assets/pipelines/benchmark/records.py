"""From decisions to records: one per suite, group and detector, every number with its interval where it has one."""

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from ...config import FleetConfig
from ...contracts import NAMED
from ...evaluation import at_budget, diagnosis, join_cut_labels, measure
from ..exam import events_in
from .selecting import Decided

Record = dict[str, Any]

SURFACED = 0.01
"""Share of a round's windows, the highest scores, that ``surfaced`` asks for labelled events in."""

BESIDE = timedelta(minutes=100)
"""How far beside the anomaly the highest score may lie for a hit, as the UCR archive counts: 100 values."""


def record(suite: str, group: str, decided: list[Decided]) -> Record:
    """Measure one detector over all rounds of a group.

    ``at_budget`` is the share of events found where exactly the budget of false alarms is spent on the judged windows
    (see `evaluation.at_budget`), ``alarms_at_budget`` the share of those alarms that are right; None without a budget.
    ``vus_pr`` has a buffer of the fleet's merge gap; ``surfaced`` is the share of labelled events that the highest one
    percent of each round's scores touches, ``hit_rate`` the share of rounds whose highest score lies at an anomaly.
    """
    fleet = decided[0].result.round.recordings.fleet
    scored = pl.concat([one.scored for one in decided])
    labels = pl.concat([one.result.round.recordings.labels for one in decided]).unique(maintain_order=True)
    buffer = max(1, fleet.threshold.merge_gap // fleet.stride)
    budget = fleet.threshold.params.get("per_unit_day")
    measured = measure(
        scored, labels, merge_gap=fleet.threshold.merge_gap, buffer=buffer, budget_per_unit_day=budget
    ).to_json()
    intervals = measured["intervals"]
    for told in (measured, intervals):
        told["lead_time_median"] = told.pop("lead_time_median_s", None)
    if not budget:
        measured["alarm_budget_ratio"] = _share_ratio(decided, measured["far"])
        ends = [_share_ratio(decided, end) for end in intervals.get("far") or ()]
        intervals["alarm_budget_ratio"] = ends if ends and None not in ends else None
    return {
        "suite": suite,
        "group": group,
        "detector": decided[0].detector,
        "chosen": sorted({one.chosen for one in decided}),
        "rounds": len(decided),
        "threshold": fleet.threshold.method,
        "vus_buffer": buffer,
        **measured,
        **_at_budget(scored, labels, fleet, budget),
        "surfaced": _surfaced(decided),
        "hit_rate": _hit_rate(decided),
        **_diagnosed(scored, labels, len(fleet.feature_sensors)),
        "cpu_seconds": sum(one.result.cpu_seconds for one in decided),
    }


def _at_budget(scored: pl.DataFrame, labels: pl.DataFrame, fleet: FleetConfig, budget: float | None) -> Record:
    found = at_budget(scored, labels, fleet.threshold.merge_gap, budget) if budget else None
    recall, precision = (found.event_recall, found.event_precision) if found else (None, None)
    return {"at_budget": recall, "alarms_at_budget": precision}


def _share_ratio(decided: list[Decided], far: float | None) -> float | None:
    """Realised over promised share of false alarms, for a threshold that promises a share."""
    params = decided[0].result.bundle.require_threshold().params
    promised = params.get("share", params.get("alpha", 1 - params["q"] if "q" in params else None))
    return far / promised if far is not None and promised else None


def _diagnosed(scored: pl.DataFrame, labels: pl.DataFrame, sensors: int) -> Record:
    """How often the sensors that an alarm names hold a labelled root cause, beside chance; None where none is known."""
    ranked = pl.concat_list(f"sensor_{rank}" for rank in range(1, NAMED + 1)).list.drop_nulls()
    named = scored.with_columns(ranked_sensors=ranked).filter(pl.col("ranked_sensors").list.len() > 0)
    found = diagnosis(named, labels, sensors=sensors)
    return {name: getattr(found, name) for name in ("hit_at_1", "hit_at_3", "chance_at_1", "chance_at_3")}


def _surfaced(decided: list[Decided]) -> float | None:
    touched = [hit for one in decided for hit in _touched_by_highest(one)]
    return float(np.mean(touched)) if touched else None


def _touched_by_highest(one: Decided) -> Iterable[bool]:
    ranked = one.scored.sort(
        "score", descending=True, maintain_order=True
    )  # equal scores: the earlier is looked at first
    highest = ranked.head(math.ceil(SURFACED * ranked.height))
    known = events_in(one.scored, one.result.round.recordings.labels).with_row_index("event")
    overlap = (pl.col("window_start") < pl.col("end")) & (pl.col("window_end") > pl.col("start"))
    touched = known.join(highest.select("unit_id", "window_start", "window_end"), on="unit_id").filter(overlap)
    return known.select(pl.col("event").is_in(touched["event"].unique().implode())).to_series()


def _hit_rate(decided: list[Decided]) -> float | None:
    hits = [hit for one in decided if (hit := _hit(one)) is not None]
    return float(np.mean(hits)) if hits else None


def _hit(one: Decided) -> bool | None:
    events = join_cut_labels(one.result.round.recordings.labels)
    events = events.join(one.scored.select("unit_id").unique(), on="unit_id", how="semi")
    if events.height != 1 or one.scored["unit_id"].n_unique() != 1:
        return None
    highest = one.scored.row(int(one.scored["score"].arg_max() or 0), named=True)["window_start"]
    start, end = events.row(0)[1:]
    return bool(start - BESIDE <= highest < end + BESIDE)
