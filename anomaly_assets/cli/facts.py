"""What the tables of a fleet say about some days, counted for people; reads, never writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..config import FEATURE_NAMES, FleetConfig

if TYPE_CHECKING:
    from ..pipelines import Site, Span

TABLES = ("cleaned_sensors", "features", "scores", "labels", "quarantine", "drift_report")


@dataclass(frozen=True)
class DayFacts:
    """What lies in the tables for a span of days.

    Attributes
    ----------
    rows : rows per table.
    scored_days : days with scores.
    removed : quarantined readings and rows, by the rule they broke.
    alarms, alarms_in_training : merged alarms outside and inside the champion's training window.
    drifted_days, judged_days : of the drift report.
    """

    rows: dict[str, int]
    scored_days: int
    removed: dict[str, int]
    alarms: int
    alarms_in_training: int
    drifted_days: int
    judged_days: int


def day_facts(site: "Site", fleet: FleetConfig, span: "Span") -> DayFacts:
    """Count what lies in the tables for a span."""
    from ..evaluation import episodes

    days = {name: site.warehouse.days(site.table(fleet, name), span.start, span.end) for name in TABLES}
    columns = ["unit_id", "window_start", "window_end", "is_anomaly", "in_training"]
    scored = site.warehouse.read(site.table(fleet, "scores"), span.start, span.end, columns=columns)
    alarms = [episodes(scored.filter(in_training=learnt), fleet.threshold.merge_gap).height for learnt in (False, True)]
    columns = ["day", "quantity", "drifted"]
    report = site.warehouse.read(site.table(fleet, "drift_report"), span.start, span.end, columns=columns)
    verdicts = report.filter(quantity="day")
    return DayFacts(
        rows={name: sum(counted.values()) for name, counted in days.items()},
        scored_days=len(days["scores"]),
        removed=removed_by_rule(site, fleet, span),
        alarms=alarms[0],
        alarms_in_training=alarms[1],
        drifted_days=int(verdicts["drifted"].sum()),
        judged_days=verdicts.height,
    )


def removed_by_rule(site: "Site", fleet: FleetConfig, span: "Span | None" = None) -> dict[str, int]:
    """Count what lies in quarantine by the rule it broke, the most frequent first."""
    start, end = (span.start, span.end) if span else (None, None)
    rules = site.warehouse.read(site.table(fleet, "quarantine"), start, end, columns=["rule"])
    return dict(rules["rule"].value_counts(sort=True).iter_rows())


def last_seen(site: "Site", fleet: FleetConfig, since: datetime) -> dict[str, datetime]:
    """Say until when each unit has been scored; an alarm that lasts until then is still open."""
    table, columns = site.table(fleet, "scores"), ["unit_id", "window_end"]
    recent = site.warehouse.read(table, since - timedelta(days=1), None, columns=columns)
    latest: dict[str, Any] = dict(recent.group_by("unit_id").max().iter_rows())
    return latest


def by_rule(removed: dict[str, int]) -> str:
    """Tell what was taken out in one line."""
    total = sum(removed.values())
    told = ", ".join(f"{count:,} {rule}" for rule, count in removed.items())
    return f"{total:,} ({told})" if removed else "none"


def share(part: int, whole: int) -> str:
    """Tell a part of a whole, such as 3 of 12."""
    return f"{part:,} of {whole:,}" if whole else "-"


def fraction(part: int, whole: int) -> str:
    """Tell a part of a whole in a table, such as 3/12."""
    return f"{part:,}/{whole:,}" if whole else "-"


def no_forecaster(site: "Site", fleet: FleetConfig) -> str:
    """Say why nothing is forecast."""
    from ..pipelines import lacking

    return f"none yet; {lacking(site, fleet) or f'learn one with: anomaly-assets train {fleet.fleet}'}"


IN_UNITS = ("raw", "lag", "mean", "std", "min", "max", "rms", "peak", "median")
"""Features that are told in their sensor's unit."""


def sensor_and_feature(sensor: str | None, feature: str | None) -> str | None:
    """Name a sensor, and the feature of it that is meant unless that is the reading itself."""
    return sensor if sensor is None or feature in (None, "raw") else f"{sensor} {feature}"


def in_units(fleet: FleetConfig, sensor: str | None, feature: str | None, value: float | None) -> str | None:
    """Tell a feature's value with the sensor's unit, where it has one."""
    if value is None or feature is None:
        return None
    named = [name for name in (*IN_UNITS, *FEATURE_NAMES) if feature == name or feature.startswith(f"{name}_")]
    measured = max(named, key=len, default=None) in IN_UNITS  # mean_abs_z_2h is no mean
    known = fleet.sensors.get(sensor or "")
    unit = known.measures if known is not None and measured else ""
    return f"{value:.4g} {unit}".strip()
