"""Forecasts as they were made, beside the readings that came: the table ``forecast_monitoring``, and who asks for it.

What counts as drift belongs in monitoring/, how forecasts are made in days.py.
"""

from datetime import date, datetime, timedelta

import polars as pl

from ...config import FleetConfig
from ...monitoring import (
    RetrainDecision,
    UsualSeverity,
    decide_retrain,
    drifted_rows,
    exceeded,
    forecast_errors,
    forecast_verdicts,
)
from ...registry import ForecastBundle, forecaster_of
from ..days import DAY, Span
from ..prepare import Written, pieces, rows_per_day
from ..site import Site
from .readings import forecast_of, readings_of, severity_version

WHOLE = pl.col("horizon_day").is_null() & pl.col("unit_id").is_null()
"""The row of a day that speaks for all units and all horizon days."""

_KEYS = ("unit_id", "origin", "time", "horizon_day", "forecast", "model_version", "in_training")


def watch_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Compare every day's readings with the stored forecasts that were made for it into ``forecast_monitoring``.

    A day is judged by the version that made the latest forecast of it, and by that version's backtest; its severity is
    told by the newest version of the detector that knows kinds, and judged by what that was trained on. A day without a
    reading, or that nobody forecast, stays empty.

    Raises
    ------
    RegistryError
        If a version that has forecast is gone or damaged.
    """
    table, written = site.table(fleet, "forecast_monitoring"), Written()
    stored = site.warehouse.days(site.table(fleet, "forecast"), span.start, span.end)
    for part in pieces(site, f"{fleet.fleet}: watching forecasts", span, stored):
        report = _watched(site, fleet, part)
        site.warehouse.replace(table, report, part.start, part.end)
        whole = report.filter(WHOLE)
        written.rows |= rows_per_day(report, "day")
        written.counts_by_day |= rows_per_day(whole.filter("drifted"), "day")
        written.counts.update(drifted_days=int(whole["drifted"].sum()), judged_days=whole["drifted"].count())
        written.preview = whole.tail(10) if whole.height else written.preview
    return written


def forecasts_ask(site: Site, fleet: FleetConfig, now: datetime, last: datetime | None) -> RetrainDecision:
    """Judge the latest verdicts on forecasts as of a moment; the reason names the tolerances that were exceeded.

    Parameters
    ----------
    last : when the latest retraining was launched by then, if ever.
    """
    since = (now - fleet.retraining.max_age).date() - timedelta(days=fleet.retraining.drifted_days)
    report = site.warehouse.read(site.table(fleet, "forecast_monitoring"), since).filter(WHOLE)
    decision = decide_retrain(forecast_verdicts(report), fleet.retraining, now, last)
    drifted = report.filter(pl.col("day").is_in(decision.days)).iter_rows(named=True)
    named = {name for day in drifted for name in exceeded(day)}
    told = f"{decision.reason} (by {' and '.join(sorted(named))})" if decision.retrain else decision.reason
    return RetrainDecision(decision.retrain, told, decision.days)


def days_of_drift(site: Site, fleet: FleetConfig) -> list[date]:
    """List the days whose errors drifted, so many in a row that it launches a retraining; unlike ordinary ones."""
    columns = ["day", "horizon_day", "unit_id", "drifted", "ratio", "tolerance"]
    report = site.warehouse.read(site.table(fleet, "forecast_monitoring"), columns=columns).filter(WHOLE)
    by_error = report.with_columns(pl.col("drifted") & (pl.col("ratio") > pl.col("tolerance")))
    rows = drifted_rows(forecast_verdicts(by_error), fleet.retraining.drifted_days)
    return [day for row in rows for day in row]


def _watched(site: Site, fleet: FleetConfig, part: Span) -> pl.DataFrame:
    forecasts, table = _made_for(site, fleet, part), site.table(fleet, "forecast_monitoring")
    reports = [_judged(site, fleet, part, made, number) for (number,), made in forecasts.group_by("model_version")]
    return pl.concat([table.empty(), *map(table.align, reports)]).sort("day", maintain_order=True)


def _made_for(site: Site, fleet: FleetConfig, part: Span) -> pl.DataFrame:
    """Read the forecasts of a part's days, a day of origins at a time; of each day those of its latest version."""
    table, config = site.table(fleet, "forecast"), forecast_of(fleet)
    inside = pl.col("time").is_between(part.first_moment, part.last_moment, closed="left")
    origins = Span(part.start - config.horizon_days * DAY, part.end).days()
    columns = [*_KEYS, *config.bounds]
    parts = [site.warehouse.read(table, day, day + DAY, columns=columns).filter(inside) for day in origins]
    latest = pl.col("model_version").sort_by("origin").last().over(pl.col("time").dt.date())
    return pl.concat(parts).filter(pl.col("model_version") == latest)


def _judged(site: Site, fleet: FleetConfig, part: Span, made: pl.DataFrame, number: object) -> pl.DataFrame:
    """Compare the forecasts of one version, number ``number``, with the readings of a part."""
    version, config = int(str(number)), forecast_of(fleet)
    baseline = site.registry.load(forecaster_of(fleet.fleet), version, ForecastBundle).baseline
    telling = severity_version(site, fleet)
    came = readings_of(site, fleet, part.first_moment, part.last_moment, severity=telling)
    beside = made.join(came.select("unit_id", "time", "value"), on=["unit_id", "time"], how="left")
    if telling is None:
        return forecast_errors(beside, baseline, config, model_version=version)
    usual = UsualSeverity.of(site.registry.load(fleet.fleet, telling.version).require_profile().training)
    return forecast_errors(beside, baseline, config, model_version=version, severities=came, usual=usual)
