"""How much calmer incidents are than the alarms behind them."""

from dataclasses import dataclass

import polars as pl

from .raising import Raised


@dataclass(frozen=True)
class Reduction:
    """What became of alarming windows.

    Attributes
    ----------
    alarms : anomalous windows of the span, whatever became of them.
    incidents : incidents that those windows belong to.
    per_incident : anomalous windows per incident; None without incidents.
    chatter : times that alarms set in per incident, over its whole life: 1 is an alarm that comes once and stays.
    fates : number of anomalous windows by what became of them.
    """

    alarms: int
    incidents: int
    per_incident: float | None
    chatter: float | None
    fates: dict[str, int]


def reduction(raised: Raised) -> Reduction:
    """Count how many alarms became how few incidents."""
    alarms = raised.alarms
    met = raised.incidents.filter(pl.col("incident_id").is_in(alarms["incident_id"].drop_nulls().implode()))
    fates = alarms.group_by("fate").len().sort("fate")
    return Reduction(
        alarms.height,
        met.height,
        alarms.height / met.height if met.height else None,
        float(met["bursts"].to_numpy().mean()) if met.height else None,
        dict(fates.iter_rows()),
    )
