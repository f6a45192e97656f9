"""What a person asks each morning: which days are there, who is champion, what alarms, how much drift.

Days of training and days after it are never mixed: everything counted against labels comes from after training.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..config import FleetConfig
from ..evaluation import EventMetrics, episodes, event_metrics
from ..registry import ModelVersion, forecaster_of
from .site import Site

RECENT_DAYS = 7


@dataclass(frozen=True)
class FleetStatus:
    """One fleet's state.

    Attributes
    ----------
    rows : rows per table.
    first_day, last_day : of the scores.
    champion : the version that scores, or nothing.
    windows, alarms : scored windows outside training and the merged alarms in them.
    unit_days : observed time of those windows.
    incidents : incidents, and how many of them were open at the end of what is scored.
    recent : the latest alarms, newest first: unit_id, start, end, peak_score, and of the window with the highest score
        top_sensor, feature_1, observed_1, expected_1, direction_1; and anomaly_kind, of most of its windows.
    against_labels : event recall, precision and false alarms outside training, where labels exist.
    drifted : drifted days among the days with a verdict.
    problems : raw files that can't be read.
    forecaster : the version that forecasts, or nothing.
    forecast_from : the latest day that was forecast from.
    """

    fleet: str
    rows: dict[str, int]
    first_day: date | None
    last_day: date | None
    champion: ModelVersion | None
    windows: int
    alarms: int
    unit_days: float
    incidents: tuple[int, int]
    recent: pl.DataFrame
    against_labels: EventMetrics | None
    drifted: tuple[int, int]
    latest_drift: date | None
    problems: dict[str, str]
    forecaster: ModelVersion | None
    forecast_from: date | None


def fleet_status(site: Site, fleet: FleetConfig) -> FleetStatus:
    """Read one fleet's state from the warehouse, the registry and the raw folder's index."""
    names = (*_TABLES, *(["forecast"] if fleet.forecast else []))
    days = {name: site.warehouse.days(site.table(fleet, name)) for name in names}
    scored = _live_scores(site, fleet)
    alarms = episodes(scored, merge_gap=fleet.threshold.merge_gap)
    labels = site.warehouse.read(site.table(fleet, "labels"))
    drift = site.warehouse.read(site.table(fleet, "drift_report"), columns=["day", "quantity", "drifted"])
    verdicts = drift.filter(quantity="day")
    states = site.warehouse.read(site.table(fleet, "incidents"), columns=["state"])["state"]
    against = (
        event_metrics(scored, labels, merge_gap=fleet.threshold.merge_gap) if labels.height and scored.height else None
    )
    return FleetStatus(
        fleet=fleet.fleet,
        rows={name: sum(counts.values()) for name, counts in days.items()},
        first_day=min(days["scores"], default=None),
        last_day=max(days["scores"], default=None),
        champion=site.registry.alias(fleet.fleet, "champion"),
        windows=scored.height,
        alarms=alarms.height,
        unit_days=scored.height * fleet.stride.total_seconds() / 86_400,
        incidents=(states.len(), int((states == "open").sum())),
        recent=alarms.sort("end", descending=True).head(RECENT_DAYS),
        against_labels=against,
        drifted=(int(verdicts["drifted"].sum()), verdicts.height),
        latest_drift=verdicts.filter("drifted")["day"].max(),  # type: ignore[arg-type]
        problems=site.source(fleet).problems,
        forecaster=site.registry.alias(forecaster_of(fleet.fleet)) if fleet.forecast else None,
        forecast_from=max(days.get("forecast", {}), default=None),
    )


_EXPLAINED = ("top_sensor", "feature_1", "observed_1", "expected_1", "direction_1", "anomaly_kind")
_TABLES = ("cleaned_sensors", "quarantine", "labels", "features", "scores", "drift_report")


def _live_scores(site: Site, fleet: FleetConfig) -> pl.DataFrame:
    columns = ["unit_id", "window_start", "window_end", "score", "is_anomaly", "in_training", *_EXPLAINED]
    return site.warehouse.read(site.table(fleet, "scores"), columns=columns).filter(~pl.col("in_training"))
