"""Scored windows in, incidents out: one row each, the same whatever span is asked and however often.

The rules are told in rules.py, sessions.py and recurrence.py; what people and time make of an incident in states.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from ..config import FleetConfig
from ..contracts import blamed_columns, count_kinds, kind_of_most
from .recurrence import at_last_peak, join_recurring
from .rules import judge
from .sessions import number_incidents, number_sessions
from .severity import Reference, require_references, with_severity

_OF_PEAK = tuple(blamed_columns())
"""What is told of an incident by the window with the highest score of the time that it was up last."""
_OF_FIRST = ("detector", "model_version", "threshold")
"""What is told by its first window, which raised it."""


@dataclass(frozen=True)
class Raised:
    """What became of the anomalous windows of a span.

    Attributes
    ----------
    incidents : one row per incident that was up in the span or could still have gone on at its start, sorted by start
        and unit: incident_id, unit_id, start, end, state (``open``, ``resolved``, ``expired``), severity, peak_score,
        alarms (number of alarming windows), bursts (times that alarms set in), the sensors to blame at the peak of the
        time that it was up last, with feature, observed, expected and direction, anomaly_kind, and detector,
        model_version and threshold that raised it. One that is resolved is open again when it comes back.
    alarms : one row per anomalous window of the span: unit_id, window_start, window_end, incident_id, and ``fate``:
        ``incident``, ``held off``, ``not persistent``, ``lasting``, or the rule that ruled it out (``warming up``,
        ``degraded``, ``maintenance``, ``side``, ``deviation``). What is not persistent yet may be of an incident later.
    """

    incidents: pl.DataFrame
    alarms: pl.DataFrame


def incident_id(fleet: str, unit: str, start: datetime) -> str:
    """Name an incident by where and when it began: 16 hexadecimal digits."""
    return sha256(f"{fleet}|{unit}|{start.isoformat()}".encode()).hexdigest()[:16]


def raise_incidents(
    windows: pl.DataFrame,
    fleet: FleetConfig,
    references: Mapping[int, Reference],
    *,
    start: datetime,
    end: datetime,
    first_seen: pl.DataFrame | None = None,
) -> Raised:
    """Turn the alarms of a span into incidents.

    Parameters
    ----------
    windows : rows of the ``scores`` table, in any order, with all there are from ``fleet.incident_lookback`` before
        ``start`` up to ``end``; others are ignored.
    references : reference scores by model version.
    start, end : the span, by the start of windows.
    first_seen : unit_id, first_seen; needed with ``incidents.warm_up``.

    Raises
    ------
    IncidentError
        If a version's reference is missing, or when units were first seen.
    """
    since = start - fleet.incident_lookback
    asked = windows.filter(pl.col("window_start").is_between(since, end, closed="left"))
    require_references(asked, references)
    judged = judge(asked, fleet, references, first_seen)
    alarms = with_severity(number_sessions(judged, fleet), references, fleet.incidents.decades)
    numbered = _identified(join_recurring(number_incidents(alarms, fleet), fleet), fleet)
    incidents = _told(numbered, fleet, end)
    # a run that may have begun before the look-back is too old to have an incident that is live
    live = incidents.filter(pl.col("end") >= start - fleet.incident_reach)
    return Raised(live, _fates(judged.filter("is_anomaly", pl.col("window_start") >= start), numbered))


def _identified(numbered: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    """Add ``incident_id``, of the incident that an alarm belongs to."""
    began = numbered.filter(pl.col("incident").is_not_null()).group_by("unit_id", "incident", maintain_order=True)
    first = began.agg(pl.col("window_start").first())
    names = [incident_id(fleet.fleet, unit, start) for unit, _, start in first.rows()]
    named = first.select("unit_id", "incident", incident_id=pl.Series(names, dtype=pl.String))
    return numbered.join(named, on=["unit_id", "incident"], how="left", maintain_order="left")


def _told(alarms: pl.DataFrame, fleet: FleetConfig, now: datetime) -> pl.DataFrame:
    lasts = pl.col("lasting").any().over("unit_id", "session")
    members = alarms.with_columns(_lasts=lasts).filter(pl.col("incident").is_not_null())
    rows = (
        count_kinds(members, "incident_id")
        .group_by("incident_id", maintain_order=True)
        .agg(
            pl.col("unit_id").first(),
            pl.col("window_start").first().alias("start"),
            pl.col("held_until").last().alias("end"),
            pl.col("_lasts").last(),
            pl.col("severity").max(),
            pl.col("score").max().alias("peak_score"),
            pl.len().cast(pl.Int64).alias("alarms"),
            (pl.col("burst") | pl.col("time").is_first_distinct()).sum().cast(pl.Int64).alias("bursts"),
            *(at_last_peak(name).alias(name) for name in _OF_PEAK),
            kind_of_most(),
            *(pl.col(name).first() for name in _OF_FIRST),
        )
    )
    state = pl.when("_lasts").then(pl.lit("expired")).when(pl.col("end") + fleet.incident_bridge >= now)
    told = rows.with_columns(_lasts=state.then(pl.lit("open")).otherwise(pl.lit("resolved")))
    return told.rename({"_lasts": "state"}).sort("start", "unit_id")


def _fates(anomalous: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    keys = ["unit_id", "window_start"]
    met = numbered.select(*keys, "incident_id", "held_off", "lasting")
    fate = (
        pl.when(pl.col("ruled_out").is_not_null()).then("ruled_out")
        .when(pl.col("incident_id").is_not_null()).then(pl.lit("incident"))
        .when("lasting").then(pl.lit("lasting"))
        .when("held_off").then(pl.lit("held off"))
        .otherwise(pl.lit("not persistent"))
    )  # fmt: skip
    joined = anomalous.join(met, on=keys, how="left").sort(keys)
    return joined.select(*keys, "window_end", "incident_id", fate=fate)
