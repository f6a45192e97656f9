"""Many units at once are one event of the fleet: a storm, a power cut, a bad batch, a new model."""

from hashlib import sha256

import polars as pl

from ..config import FleetConfig


def group_incidents(incidents: pl.DataFrame, fleet: FleetConfig) -> pl.DataFrame:
    """Add ``group_id``: the same for incidents of many units that start together, null for those of few.

    A group begins with an incident before which nothing started for ``fleet_span``, and takes in what starts within
    ``fleet_span`` from there. To tell groups as the whole history would, hand in the incidents that started up to
    twice that span before the first one asked about.

    Parameters
    ----------
    incidents : incident_id, unit_id, start and whatever else; in any order, which is kept.
    """
    span = fleet.incidents.fleet_span
    chains = (
        incidents.select("incident_id", "unit_id", "start")
        .sort("start", "unit_id")
        .with_columns(chain=(pl.col("start").diff() > span).fill_null(True).cum_sum())
    )
    first = pl.col("start").min().over("chain")
    near = chains.with_columns(first=first).filter(pl.col("start") <= pl.col("first") + span)
    many = near.filter(pl.col("unit_id").n_unique().over("chain") >= fleet.incidents.fleet_units)
    named = [sha256(f"{fleet.fleet}||{start.isoformat()}".encode()).hexdigest()[:16] for start in many["first"]]
    groups = many.select("incident_id", group_id=pl.Series(named, dtype=pl.String))
    return incidents.drop("group_id", strict=False).join(groups, on="incident_id", how="left", maintain_order="left")
