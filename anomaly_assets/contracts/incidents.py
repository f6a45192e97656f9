"""The table of incidents: one calm row for what a person would call one thing going wrong.

When alarms become an incident is told in incidents/, which rows are stored in pipelines/incidents/.
"""

from typing import Any

import dataframely as dy
import polars as pl

from ..config import FleetConfig
from .base import Table
from .columns import moment
from .explanation import blamed_columns

INCIDENT_STATES = ("open", "resolved", "expired")
"""What an incident is by its alarms alone; that somebody acknowledged it is kept elsewhere."""
INCIDENT_SOURCES = ("scores", "live")
"""Who raised it: the asset, from the ``scores`` table, or the listener, from what it hears."""

INCIDENT_MEANINGS = {
    "incident_id": "name, the same however often the day is materialised",
    "start": "start of its first alarming window, included",
    "end": "end of the last window in which it stayed up, not included",
    "state": "`open`, `resolved` or `expired` (longer than an incident may last), as of the end of what is scored; "
    "what is resolved is open again when it comes back, where `incidents.recurs_within` says so",
    "severity": "0 to 100: 50 where a score was a hundred times rarer than the threshold among the model's calibration "
    "windows, or as much rarer as `incidents.decades` says; comparable over time and units",
    "peak_score": "its highest score",
    "alarms": "number of alarming windows",
    "bursts": "times that alarms set in; many are chatter, or a problem that comes back",
    "anomaly_kind": "kind of most of its windows; empty where the detector knows no kinds",
    "detector": "name of the detector that raised it",
    "model_version": "version in the registry that raised it",
    "threshold": "what its first window was judged by",
    "group_id": "event of the whole fleet that it is a part of; empty where few units are concerned",
    "source": "`scores`: by the asset; `live`: by the listener, before the day was scored",
    "updated_at": "when the row was last changed",
}


def incidents(fleet: FleetConfig) -> Table:
    """One row = one incident of one unit, on the day on which it began; what it says may change as it goes on."""
    columns: dict[str, Any] = {
        "incident_id": dy.String(),
        "unit_id": dy.String(),
        "start": moment(),
        "end": moment(),
        "state": dy.String(),
        "severity": dy.Float64(min=0, max=100),
        "peak_score": dy.Float64(allow_inf=False, allow_nan=False),
        "alarms": dy.Int64(min=1),
        "bursts": dy.Int64(min=1),
        **blamed_columns(),
        "anomaly_kind": dy.String(nullable=True),
        "detector": dy.String(),
        "model_version": dy.Int64(),
        "threshold": dy.Float64(allow_inf=False, allow_nan=False),
        "group_id": dy.String(nullable=True),
        "source": dy.String(),
        "updated_at": moment(),
    }
    rules = {
        "ends_after_start": pl.col("end") > pl.col("start"),
        "known_state": pl.col("state").is_in(INCIDENT_STATES),
        "known_source": pl.col("source").is_in(INCIDENT_SOURCES),
    }
    return Table(fleet.fleet, "incidents", "start", ("incident_id",), columns, rules)
