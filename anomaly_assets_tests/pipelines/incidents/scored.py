"""Scores written down by hand for a plant with a real champion: digits, an hour each, 5 is the threshold."""

from datetime import date
from typing import Any

import polars as pl

from anomaly_assets.config import FleetConfig
from anomaly_assets.pipelines import Site, Span
from anomaly_assets.pipelines.incidents import incident_days
from anomaly_assets_tests.incidents.scored import windows
from anomaly_assets_tests.pipelines.plant import DAY, FIRST, document

QUICK = {"linger": "3h", "longest": "20h", "fleet_units": 2, "fleet_span": "1h"}
"""Rules of a day's memory, so that a few days have all that may happen in years."""


def ponds(**incidents: Any) -> FleetConfig:
    """The plant's fleet with other rules of incidents."""
    return FleetConfig.model_validate(document(incidents=QUICK | incidents))


def told(site: Site, **units: str) -> pl.DataFrame:
    """Scores of units by the champion, from FIRST on."""
    return champion_scored(site, pl.concat([windows(scores, unit) for unit, scores in units.items()]))


def champion_scored(site: Site, rows: pl.DataFrame) -> pl.DataFrame:
    """Let 5 be the threshold that the champion really has."""
    threshold = site.registry.load("ponds", 1).require_threshold().value
    return rows.with_columns(score=pl.col("score") / 5 * threshold, threshold=pl.lit(threshold)).with_columns(
        is_anomaly=pl.col("score") > pl.col("threshold")
    )


def write(site: Site, fleet: FleetConfig, scores: pl.DataFrame, span: Span) -> None:
    """Put the scores of a span into the warehouse, in the place of what is there."""
    inside = pl.col("window_start").is_between(span.first_moment, span.last_moment, closed="left")
    site.warehouse.replace(site.table(fleet, "scores"), scores.filter(inside), span.start, span.end)


def materialise(site: Site, fleet: FleetConfig, scores: pl.DataFrame, span: Span) -> Any:
    """Score a span, and raise its incidents."""
    write(site, fleet, scores, span)
    return incident_days(site, fleet, span)


def days(first: int, last: int | None = None) -> Span:
    """From one day to another (not included), by number; one day when only one is given."""
    return Span(day(first), day(first + 1 if last is None else last))


def day(number: int) -> date:
    return FIRST + number * DAY


def kept(site: Site, fleet: FleetConfig) -> pl.DataFrame:
    """The table, apart from the moments of change."""
    return site.warehouse.read(site.table(fleet, "incidents")).drop("updated_at")
