"""Whether the days still look like what the champion was trained on, and whether there is reason to train again.

How forecasts fare is watched in forecast/watch.py; here it is the second reason.
"""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from ..config import FleetConfig
from ..features import missing_share
from ..monitoring import RetrainDecision, day_verdicts, decide_retrain, drift_report, either
from ..registry import Bundle, forecaster_of
from .days import Span
from .forecast.watch import forecasts_ask
from .prepare import Written, pieces, rows_per_day
from .site import Site


def drift_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Compare every day of a span with the champion's reference into ``drift_report``."""
    version = site.registry.get(fleet.fleet, "champion").version
    bundle, written = site.registry.load(fleet.fleet, version), Written()
    features, table = site.table(fleet, "features"), site.table(fleet, "drift_report")
    for part in pieces(site, f"{fleet.fleet}: drift", span, site.warehouse.days(features, span.start, span.end)):
        report = _compare(site, fleet, bundle, version, part)
        site.warehouse.replace(table, report, part.start, part.end)
        verdicts = report.filter(quantity="day")
        written.rows |= rows_per_day(report, "day")
        written.counts_by_day |= rows_per_day(verdicts.filter("drifted"), "day")
        written.counts.update(drifted_days=int(verdicts["drifted"].sum()), judged_days=verdicts.height)
        written.preview = verdicts.tail(10) if verdicts.height else written.preview
    return written


def retraining_due(
    site: Site, fleet: FleetConfig, now: datetime | None = None, last: datetime | None = None
) -> RetrainDecision:
    """Judge the latest verdicts on the features and, where the fleet is forecast, on the forecasts.

    Either is reason enough by itself: so many drifted days in a row, cooldown over, history left alone.

    Parameters
    ----------
    now : the moment it is; the clock's when not given.
    last : when the latest retraining was launched; as the registry knows it when not given.
    """
    return drift_asks(site, fleet, now or datetime.now(UTC), last or last_retraining(site, fleet))


def drift_asks(site: Site, fleet: FleetConfig, now: datetime, last: datetime | None) -> RetrainDecision:
    """Judge the drift verdicts as of a moment; ``last`` is when the latest retraining was launched by then, if ever."""
    since = (now - fleet.retraining.max_age).date() - timedelta(days=fleet.retraining.drifted_days)
    asked = {"features": decide_retrain(verdicts(site, fleet, since), fleet.retraining, now, last)}
    return either(asked | ({"forecasts": forecasts_ask(site, fleet, now, last)} if fleet.forecast else {}))


def verdicts(site: Site, fleet: FleetConfig, since: date | None = None) -> list[tuple[date, bool]]:
    """List each day's drift verdict in order of days; days with too few windows have none."""
    columns = ["day", "quantity", "drifted", "windows"]
    return day_verdicts(site.warehouse.read(site.table(fleet, "drift_report"), since, columns=columns), fleet.drift)


def last_retraining(site: Site, fleet: FleetConfig) -> datetime | None:
    """Give the moment the newest version was made from the latest days, whether or not it was promoted.

    A forecaster is always made from them, so the first one is no retraining, and every later one is.
    """
    made = [each for each in site.registry.versions(fleet.fleet) if "trailing" in each.tags.get("window", "")]
    made += site.registry.versions(forecaster_of(fleet.fleet))[:-1] if fleet.forecast else []
    return max((each.created_at for each in made), default=None)


def _compare(site: Site, fleet: FleetConfig, bundle: Bundle, version: int, part: Span) -> pl.DataFrame:
    windows = site.warehouse.read(site.table(fleet, "features"), part.start, part.end)
    columns = ["unit_id", "window_start", "score"]
    scored = site.warehouse.read(site.table(fleet, "scores"), part.start, part.end, columns=columns)
    return drift_report(
        bundle.scaled(windows),
        scored,
        missing_share(windows, bundle.manifest.features),
        bundle.require_profile(),
        fleet.drift,
        model_version=version,
    )
