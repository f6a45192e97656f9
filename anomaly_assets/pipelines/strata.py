"""What evaluated windows are broken down by: failure type, lead, season, missing share, age, part, operating mode.

How a stratum is measured is said in evaluation/; the names of most strata come from there, too.
"""

from datetime import timedelta

import polars as pl

from ..config import FleetConfig, parse_duration
from ..evaluation import buckets, failure_types, lead_buckets, missing_shares, seasons
from .operating_modes import operating_modes
from .site import Site
from .unseen import Unseen

LEADS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""Edges of the lead-time buckets of a fleet that says no failure horizon; else they are thirds of it."""

AGES = (1, 7, 30)
"""Days since a unit's first window."""


def strata_of(site: Site, fleet: FleetConfig, unseen: Unseen) -> dict[str, pl.Series]:
    """Name the stratum of every evaluated window, per way to break down; ways that tell nothing apart are left out."""
    scored, labels = unseen.scored, unseen.labels
    found = {
        "failure type": failure_types(scored, labels),
        "lead": lead_buckets(scored, labels, _lead_edges(fleet)),
        "season": seasons(scored),
        "missing share": missing_shares(scored["missing_share"]),
        "age": _ages(scored),
        "part": scored["part"],
        "operating mode": operating_modes(_settings(site, fleet, scored), seed=fleet.training.seed),
    }
    if not labels["failure_at"].is_not_null().any():
        del found["lead"]
    background = ("failure type", "lead")  # their null is the normal rest, so that one value is a stratum
    return {name: of for name, of in found.items() if of.drop_nulls().n_unique() > (0 if name in background else 1)}


def _settings(site: Site, fleet: FleetConfig, scored: pl.DataFrame) -> pl.DataFrame:
    """Read the settings at the last reading of each window: (n_windows, n_settings)."""
    names = [name for name, sensor in fleet.sensors.items() if sensor.role == "setting"]
    if not names or scored.is_empty():
        return pl.DataFrame()
    first, last = scored.select(pl.col("window_start").min(), pl.col("window_end").max()).row(0)
    table = site.table(fleet, "cleaned_sensors")
    readings = site.warehouse.read(table, first, last, columns=["unit_id", "time", *names]).sort("time")
    keys = scored.select("unit_id", "window_start", "window_end").with_row_index("row").sort("window_end")
    at = keys.join_asof(
        readings,
        left_on="window_end",
        right_on="time",
        by="unit_id",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    return at.sort("row").select(
        pl.when(pl.col("time") >= pl.col("window_start")).then(pl.col(name)).alias(name) for name in names
    )


def _lead_edges(fleet: FleetConfig) -> tuple[timedelta, ...]:
    horizon = fleet.labels.failure_horizon
    if horizon is None:
        return LEADS
    whole = parse_duration(horizon)
    return whole / 3, whole * 2 / 3, whole


def _ages(scored: pl.DataFrame) -> pl.Series:
    days = scored["age"].dt.total_seconds(fractional=True) / 86_400
    return buckets(days, AGES, [f"{edge} d" for edge in AGES]).alias("age")
