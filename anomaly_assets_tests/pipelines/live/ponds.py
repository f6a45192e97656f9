"""The ponds' raw readings, as somebody outside would send them."""

from datetime import datetime

import numpy as np
import polars as pl

from anomaly_assets.pipelines.live import Ask, Live
from anomaly_assets.pipelines.site import Site

MINUTE = 60_000_000


def readings(site: Site, live: Live, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Times in microseconds and readings (n, n_sensors) of one pond, in the order of the files."""
    source = site.source(live.fleet)
    first, last = source.first_day, source.last_day
    assert first and last
    start, end = (datetime.fromisoformat(f"{day}T{clock}+00:00") for day, clock in ((first, "00:00"), (last, "23:59")))
    rows = source.readings(start, end).filter(unit_id=unit).sort("time")
    values = rows.select(pl.col(live.sensors).cast(pl.Float64).fill_null(np.nan)).to_numpy()
    return rows["time"].dt.epoch("us").to_numpy(), values


def ask_for(site: Site, live: Live, unit: str, start: datetime, end: datetime) -> Ask:
    """Ask for the windows of [start, end), with just the look-back that they need."""
    times, values = readings(site, live, unit)
    first, last = int(start.timestamp() * 1e6), int(end.timestamp() * 1e6)
    inside = (times >= first - live.reach.total_seconds() * 1e6) & (times < last)
    return Ask(unit, times[inside], values[inside], since=first, until=last)
