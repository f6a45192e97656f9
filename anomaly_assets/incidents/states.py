"""What people and time make of incidents, and what is told of a unit instead of silence."""

from datetime import datetime

import polars as pl

from ..config import FleetConfig

STATES = ("open", "acknowledged", "resolved", "expired")


def incident_states(
    incidents: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    now: datetime,
    fleet: FleetConfig,
    *,
    known: datetime | None = None,
) -> pl.DataFrame:
    """Say the state of every incident as of now.

    What is over is resolved, acknowledged or not. What is not, expires once it is as old as an incident may become;
    until then it is open, or acknowledged where somebody did.

    Parameters
    ----------
    incidents : rows as of `raise_incidents`; what is resolved there stays so.
    acknowledgements : incident_id, acknowledged_at and whatever else, such as by whom; of several the first counts.
        Those of incidents that nobody knows are ignored, and so are those later than ``now``.
    known : until when windows are known, ``now`` when not given. What nobody has looked at neither resolves an
        incident nor lets it expire: one that was up at the last scored window is open the morning after.

    Returns
    -------
    The incidents with their ``state`` and what was acknowledged beside them, null where nothing was.
    """
    met_by = acknowledgements.filter(pl.col("acknowledged_at") <= now).sort("acknowledged_at")
    first = met_by.unique("incident_id", keep="first", maintain_order=True)
    met = incidents.join(first, on="incident_id", how="left", maintain_order="left")
    seen = min(now, known or now)
    over = (pl.col("state") == "resolved") | (pl.col("end") + fleet.incident_bridge < seen)
    old = (pl.col("state") == "expired") | (pl.col("start") + fleet.incidents.longest <= seen)
    state = (
        pl.when(pl.col("state") != "expired", over).then(pl.lit("resolved"))
        .when(old).then(pl.lit("expired"))
        .when(pl.col("acknowledged_at").is_not_null()).then(pl.lit("acknowledged"))
        .otherwise(pl.lit("open"))
    )  # fmt: skip
    return met.with_columns(state=state)


def unit_states(
    units: pl.DataFrame, missing: pl.DataFrame, alarms: pl.DataFrame, fleet: FleetConfig, now: datetime
) -> pl.DataFrame:
    """Say of every unit what keeps it from being told about, or ``watched``.

    Parameters
    ----------
    units : unit_id, first_seen, last_seen (end of its last window); who belongs to the fleet.
    missing : unit_id, sensor, missing_share over the span that is told about.
    alarms : of `Raised`, of that span.
    now : the end of that span.

    Returns
    -------
    unit_id, state, in the order of ``units``; of several states the first of: ``silent`` (no window for longer than
    the bridge), ``warming up``, ``degraded: sensor X missing`` (all such sensors, by name), ``lasting`` (alarming for
    longer than an incident may last: the model or its threshold no longer fits), ``watched``.
    """
    rules = fleet.incidents
    gone = missing.filter(pl.col("missing_share") > rules.degraded).sort("sensor")
    lacking = gone.group_by("unit_id").agg(pl.col("sensor").str.join(", "))
    lasting = alarms.filter(pl.col("fate") == "lasting").select("unit_id").unique()
    known = units.join(lacking, on="unit_id", how="left", maintain_order="left").join(
        lasting.with_columns(_lasting=pl.lit(True)), on="unit_id", how="left", maintain_order="left"
    )
    warm = pl.lit(False) if rules.warm_up is None else pl.col("first_seen") + rules.warm_up > now
    state = (
        pl.when(pl.col("last_seen") + fleet.incident_bridge < now).then(pl.lit("silent"))
        .when(warm).then(pl.lit("warming up"))
        .when(pl.col("sensor").is_not_null()).then(pl.format("degraded: sensor {} missing", "sensor"))
        .when("_lasting").then(pl.lit("lasting"))
        .otherwise(pl.lit("watched"))
    )  # fmt: skip
    return known.select("unit_id", state=state)
