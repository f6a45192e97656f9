"""What was to be expected at the end of each day: the table ``forecast``, cut by the day of the origin."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl

from ...config import FleetConfig
from ...contracts import Table
from ...forecasting import Forecaster
from ...registry import ForecastBundle, forecaster_of
from ..days import DAY, Span, midnight
from ..prepare import Written, pieces, rows_per_day
from ..site import Site
from .readings import MICROSECOND, readings_of


def forecast_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Forecast from the last instant of every day of a span, every unit that can be, into ``forecast``.

    A day depends on the readings of its look-back and on nothing else: any cutting of a span gives the same bits. Of a
    unit that can't be forecast there is no row; why is told in what is returned, for the latest day.

    Raises
    ------
    RegistryError
        If no forecaster is in force.
    """
    model = forecaster_of(fleet.fleet)
    version, now, written = site.registry.get(model), datetime.now(UTC), Written()
    bundle, table = site.registry.load(model, version.version, ForecastBundle), site.table(fleet, "forecast")
    for part in pieces(site, f"{fleet.fleet}: forecasting", span, _rows_ahead(site, fleet, bundle.forecaster, span)):
        days = list(_of_days(site, fleet, bundle.forecaster, part))
        forecasts = pl.concat([found for found, _ in days] or [bundle.forecaster.nothing()])
        told = _as_table(table, forecasts, bundle, version.version, now)
        site.warehouse.replace(table, told, part.start, part.end)
        written.rows |= rows_per_day(told, "origin")
        written.counts.update(forecasts=told.height)
        written.preview = told.tail(10) if told.height else written.preview
        written.reasons = days[-1][1] if days else written.reasons
    return written


def known_at(site: Site, fleet: FleetConfig, forecaster: Forecaster, first: datetime, last: datetime) -> pl.DataFrame:
    """Read what forecasts from origins between two instants (both included) may look at."""
    return readings_of(site, fleet, first - forecaster.lookback, last + forecaster.step * MICROSECOND)


def horizon_minutes() -> pl.Expr:
    """Tell horizons, durations of the forecaster, as tables and files do."""
    return pl.col("horizon").dt.total_microseconds() / (timedelta(minutes=1) // MICROSECOND)


def last_instant(fleet: FleetConfig, day: date) -> datetime:
    """Give the origin of a day: its last forecast instant, UTC."""
    return midnight(day) + DAY - fleet.forecast_step


def _of_days(
    site: Site, fleet: FleetConfig, forecaster: Forecaster, part: Span
) -> Iterator[tuple[pl.DataFrame, dict[str, str]]]:
    """Forecast day after day; days before the recording have no unit, and so no reason either."""
    origins = [last_instant(fleet, day) for day in part.days()]
    known = known_at(site, fleet, forecaster, origins[0], origins[-1])
    for origin in origins:
        history = known.filter(pl.col("time").is_between(origin - forecaster.lookback, origin))
        if history.height:
            yield forecaster.forecast(history, origin)


def _rows_ahead(site: Site, fleet: FleetConfig, forecaster: Forecaster, span: Span) -> dict[date, int]:
    """Estimate how many rows each day's forecasts have, from the readings of the day."""
    each = forecaster.layout.horizon_days * (fleet.sampling / fleet.forecast_step)
    read = site.warehouse.days(site.table(fleet, "cleaned_sensors"), span.start, span.end)
    return {day: round(rows * each) for day, rows in read.items()}


def _as_table(
    table: Table, forecasts: pl.DataFrame, bundle: ForecastBundle, version: int, made_at: datetime
) -> pl.DataFrame:
    """Make rows of the contract, null for levels that were not learnt; instants without a forecast have no row."""
    told = forecasts.drop_nulls("forecast").with_columns(
        horizon_minutes=horizon_minutes(),
        model_version=pl.lit(version, pl.Int64),
        in_training=pl.col("time") < bundle.test_start,
        made_at=pl.lit(made_at).cast(pl.Datetime("us", "UTC")),
    )
    lacking = [pl.lit(None, pl.Float64).alias(name) for name in table.columns if name not in told.columns]
    return table.align(told.with_columns(lacking))
