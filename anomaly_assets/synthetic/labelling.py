"""The truth about a synthetic fleet as tables: events, the labels contract, labels.csv.

The columns of labels.csv are those of the BESS failure-detection harness; nothing is drawn here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from ..config import FleetConfig
from .schedule import Event
from .timeline import DAY, failure_horizon, run_to_failure, tells_only_failures

TIME = pl.Datetime("us", "UTC")
EVENT = pl.Schema(
    {
        "unit_id": pl.String(),
        "start": TIME,
        "end": TIME,
        "sensor": pl.String(),
        "failure_type": pl.String(),
        "note": pl.String(),
        "failure_at": TIME,
        "source": pl.String(),
    }
)
SOURCE = "synthetic"
VERSION = "v1"


def event_rows(fleet: FleetConfig, unit: str, events: Sequence[Event], until: datetime) -> list[dict[str, object]]:
    """Return one row per event that began before ``until``; a failure is labelled from the horizon before it on.

    A unit that is run to failure fails with its last reading; one that is repaired does so where the event ends. A
    failure that still lies ahead is no event where nothing but the end of the files tells of it.
    """
    names = tuple(fleet.sensors)
    rows: list[dict[str, object]] = []
    for event in events:
        failure = event.end - (fleet.sampling if run_to_failure(fleet) else timedelta())
        start = (
            max(event.start, failure - min(failure_horizon(fleet), failure - event.start))
            if event.fails
            else event.start
        )
        ahead = event.fails and event.end > until and tells_only_failures(fleet)
        if start < min(until, event.end) and not ahead:
            rows.append(
                {
                    "unit_id": unit,
                    "start": start,
                    "end": min(event.end, until),
                    "sensor": None if event.sensor is None else names[event.sensor],
                    "failure_type": event.kind,
                    "note": f"magnitude {event.magnitude:g}",
                    "failure_at": failure if event.fails else None,
                    "source": SOURCE,
                }
            )
    return rows


def labels_from(events: pl.DataFrame) -> pl.DataFrame:
    """Cut events at midnight UTC, as the labels table wants them; sorted by unit, start and sensor."""
    day = timedelta(days=1)
    last = pl.col("end") - timedelta(microseconds=1)
    days = pl.datetime_ranges(pl.col("start").dt.truncate("1d"), last.dt.truncate("1d"), "1d")
    pieces = events.cast(EVENT).with_columns(days.alias("_day")).explode("_day").drop_nulls("_day")
    cut = pieces.with_columns(
        pl.max_horizontal("start", "_day").alias("start"), pl.min_horizontal("end", pl.col("_day") + day).alias("end")
    )
    return cut.select(list(EVENT)).cast(EVENT).sort("unit_id", "start", "sensor", "failure_type")


def labels_csv(events: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """One row per event, and one row ``normal`` for every unit without any."""
    healthy = units.filter(~pl.col("system_id").is_in(events["unit_id"].implode()))
    lead = (pl.col("failure_at") - pl.col("start")) / DAY
    wrong = events.select(
        system_id="unit_id",
        label=pl.lit("anomaly"),
        failure_type="failure_type",
        lead_time_days=lead.cast(pl.Float64),
        source="source",
        label_version=pl.lit(VERSION),
        sensor="sensor",
        start="start",
        end="end",
    )
    normal = healthy.select("system_id", label=pl.lit("normal"), source=pl.lit(SOURCE), label_version=pl.lit(VERSION))
    return pl.concat([wrong, normal], how="diagonal").sort("system_id", "start", "sensor")
