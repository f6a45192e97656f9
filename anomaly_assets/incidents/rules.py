"""Which anomalous windows count as alarms, and which are ruled out and why: one function for each rule.

How alarms become incidents is told in sessions.py.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from ..config import FleetConfig, Maintenance, SensorRule
from ..errors import IncidentError
from .severity import Reference

SENSOR_FAULT = "sensor_fault"
_IN_UNITS = r"^(raw|lag_.+|(mean|min|max)_[^_]+)$"
"""Features that are in their sensor's unit."""

Sensors = Mapping[str, SensorRule]


def warming_up(warm_up: timedelta | None) -> pl.Expr:
    """Whether the unit was first seen, in column ``first_seen``, less than ``warm_up`` before the window."""
    return pl.lit(False) if warm_up is None else pl.col("window_start") < pl.col("first_seen") + warm_up


def degraded(most_missing: float) -> pl.Expr:
    """Whether more of the window's readings are missing than that a score means anything."""
    return pl.col("missing_share") > most_missing


def in_maintenance(calendar: Sequence[Maintenance]) -> pl.Expr:
    """Whether people work on the unit at any time of the window."""
    spans = [
        (pl.col("window_start") < work.end) & (pl.col("window_end") > work.start) & _of(work.units) for work in calendar
    ]
    return pl.any_horizontal(pl.lit(False), *spans)


def _of(units: Sequence[str]) -> pl.Expr:
    return pl.col("unit_id").is_in(list(units)) if units else pl.lit(True)


def on_the_other_side(sensors: Sensors) -> pl.Expr:
    """Whether the sensor most to blame lies on the side that nobody minds."""
    sides = [_blamed(name) & (pl.col("direction_1") != rule.side) for name, rule in sensors.items() if rule.side]
    return pl.any_horizontal(pl.lit(False), *sides)


def too_close(sensors: Sensors) -> pl.Expr:
    """Whether the sensor most to blame deviates less from what was expected than anybody minds."""
    distance = (pl.col("observed_1") - pl.col("expected_1")).abs()
    near = [
        _blamed(name) & _in_units() & (distance < rule.deviation)
        for name, rule in sensors.items()
        if rule.deviation is not None
    ]
    return pl.any_horizontal(pl.lit(False), *near)


def impossible(sensors: Sensors) -> pl.Expr:
    """Whether the sensor most to blame told what can't physically be."""
    beyond = [
        _blamed(name) & _in_units() & ~pl.col("observed_1").is_between(*rule.range)
        for name, rule in sensors.items()
        if rule.range is not None
    ]
    return pl.any_horizontal(pl.lit(False), *beyond)


def _blamed(sensor: str) -> pl.Expr:
    return pl.col("sensor_1") == sensor


def _in_units() -> pl.Expr:
    return pl.col("feature_1").str.contains(_IN_UNITS)


def judge(
    windows: pl.DataFrame,
    fleet: FleetConfig,
    references: Mapping[int, Reference],
    first_seen: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Say of every window whether it is an alarm, and whether it keeps an incident up that is there.

    Parameters
    ----------
    windows : rows of the ``scores`` table.
    references : reference scores by model version.
    first_seen : unit_id, first_seen: when each unit's recording began; needed where units warm up.

    Returns
    -------
    The windows with ``ruled_out`` (why an anomalous one is no alarm; null otherwise), ``alarm`` and ``stays`` (the
    score lies above the lower bound); what is physically impossible is of kind ``sensor_fault``.

    Raises
    ------
    IncidentError
        If units warm up and nobody says when they were first seen.
    """
    rules = fleet.incidents
    reasons = {
        "warming up": warming_up(rules.warm_up),
        "degraded": degraded(rules.most_missing),
        "maintenance": in_maintenance(rules.maintenance),
        "side": on_the_other_side(rules.sensors),
        "deviation": too_close(rules.sensors),
    }
    reason = pl.coalesce(pl.when(broken).then(pl.lit(name)) for name, broken in reasons.items())
    kind = pl.when("is_anomaly", impossible(rules.sensors)).then(pl.lit(SENSOR_FAULT)).otherwise("anomaly_kind")
    seen = _with_first_seen(windows, rules.warm_up, first_seen).with_columns(ruled_out=reason, anomaly_kind=kind)
    return seen.with_columns(
        alarm=pl.col("is_anomaly") & pl.col("ruled_out").is_null(),
        stays=(pl.col("score") > _lower_bound(references, rules.clear)) & pl.col("ruled_out").is_null(),
        ruled_out=pl.when("is_anomaly").then("ruled_out"),
    )


def _lower_bound(references: Mapping[int, Reference], clear: float) -> pl.Expr:
    usual = {version: reference.usual for version, reference in references.items()}
    middle = pl.col("model_version").replace_strict(usual, return_dtype=pl.Float64)
    return pl.min_horizontal("threshold", middle + clear * (pl.col("threshold") - middle))


def _with_first_seen(windows: pl.DataFrame, warm_up: timedelta | None, first_seen: pl.DataFrame | None) -> pl.DataFrame:
    if warm_up is None:
        return windows
    if first_seen is None:
        raise IncidentError(
            "nobody says when units were first seen",
            expected="unit_id, first_seen",
            remedy="hand it in, or leave out incidents.warm_up",
        )
    return windows.join(first_seen.select("unit_id", "first_seen"), on="unit_id", how="left", maintain_order="left")
