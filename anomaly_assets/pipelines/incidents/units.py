"""What is told of a unit instead of silence: warming up, degraded, silent, lasting, or watched."""

from datetime import datetime

import polars as pl

from ...config import FleetConfig
from ..days import DAY
from ..site import Site

MOMENT = pl.Datetime("us", "UTC")
SEEN = pl.Schema({"unit_id": pl.String(), "first_seen": MOMENT, "last_seen": MOMENT})


def units_seen(site: Site, fleet: FleetConfig) -> pl.DataFrame:
    """Say of every unit when its first window began and its last one ended: unit_id, first_seen, last_seen."""
    if not site.warehouse.days(site.table(fleet, "features")):
        return pl.DataFrame(schema=SEEN)
    seen = site.warehouse.query(
        f'SELECT unit_id, min(window_start) AS first_seen, max(window_end) AS last_seen FROM "{fleet.fleet}".features '
        "GROUP BY unit_id ORDER BY unit_id"
    )
    return seen.cast(SEEN)


def sensors_missing(site: Site, fleet: FleetConfig, now: datetime) -> pl.DataFrame:
    """Say how much every unit's sensors were missing in the day before now: unit_id, sensor, missing_share.

    A feature is missing where its sensor had too few readings; the share is that of all features of the sensor.
    """
    table = site.table(fleet, "features")
    windows = site.warehouse.read(table, now - DAY, now)
    shares = [
        pl.mean_horizontal(pl.col(f"^{sensor}__.*$").is_null().mean()).alias(sensor) for sensor in fleet.feature_sensors
    ]
    wide = windows.group_by("unit_id", maintain_order=True).agg(shares)
    return wide.unpivot(index="unit_id", variable_name="sensor", value_name="missing_share")
