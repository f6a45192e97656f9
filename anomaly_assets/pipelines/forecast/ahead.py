"""The days ahead on demand, from any instant, for any units; nothing is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from ...config import FleetConfig, format_duration
from ...errors import ForecastError
from ...forecasting import Forecaster
from ...registry import ForecastBundle, forecaster_of
from ..days import DAY, midnight
from ..site import Site
from .days import known_at
from .readings import MICROSECOND, forecast_of, readings_of


def forecast_ahead(
    site: Site,
    fleet: FleetConfig,
    *,
    units: Sequence[str] | None = None,
    horizon: timedelta | None = None,
    origin: datetime | None = None,
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Forecast with the version in force.

    Parameters
    ----------
    units : which ones; all that were read lately when not given.
    horizon : how far ahead, a multiple of the forecast's step; as far as was learnt when not given.
    origin : the last instant that counts as known, UTC; the latest one that was read when not given.

    Returns
    -------
    ``unit_id``, ``origin``, ``time``, ``horizon`` (duration), ``horizon_day``, ``forecast``, ``lower_80``, ``upper_80``
    and so on per level that was learnt, ``model_version``; and for each unit without a forecast the reason.

    Raises
    ------
    ForecastError
        If the fleet is not forecast, nothing was read, the origin is no instant of the grid, or the horizon is no
        multiple of the step or further than was learnt.
    RegistryError
        If no forecaster is in force.
    """
    forecast_of(fleet)
    model = forecaster_of(fleet.fleet)
    version = site.registry.get(model)
    forecaster = site.registry.load(model, version.version, ForecastBundle).forecaster
    reach = _reach(forecaster, horizon)
    known_until = origin or _latest(site, fleet)
    history = known_at(site, fleet, forecaster, known_until, known_until)
    if history.is_empty():
        raise _unread(fleet, f"no reading in the {format_duration(forecaster.config.lookback)} before {known_until}")
    told, reasons = forecaster.forecast(history, known_until, units)
    within = told.filter(pl.col("horizon") <= reach)
    return within.with_columns(model_version=pl.lit(version.version, pl.Int64)), reasons


def _reach(forecaster: Forecaster, horizon: timedelta | None) -> timedelta:
    learnt, step = forecaster.config.horizon, forecaster.step * MICROSECOND
    wanted = learnt if horizon is None else horizon
    if not timedelta(0) < wanted <= learnt or wanted % step:
        raise ForecastError(
            "the horizon can't be forecast",
            found=format_duration(wanted),
            expected=f"a multiple of {format_duration(step)}, up to {format_duration(learnt)}",
            remedy="ask for less, or set forecast.horizon and train again",
        )
    return wanted


def _latest(site: Site, fleet: FleetConfig) -> datetime:
    """Find the latest instant of the grid that any unit was read at."""
    for day in reversed(site.warehouse.days(site.table(fleet, "cleaned_sensors"))):
        read = readings_of(site, fleet, midnight(day), midnight(day) + DAY).drop_nulls("value")
        if read.height:
            latest: datetime = read["time"].max()  # type: ignore[assignment]
            return latest
    raise _unread(fleet, "no clean reading")


def _unread(fleet: FleetConfig, found: str) -> ForecastError:
    return ForecastError(
        f"there is nothing to forecast {fleet.fleet} from",
        found=found,
        remedy=f"backfill the days before: anomaly-assets backfill {fleet.fleet}",
    )
