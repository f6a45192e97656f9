"""The days ahead on demand."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import cleaned_sensors
from anomaly_assets.errors import ForecastError, RegistryError
from anomaly_assets.pipelines import Site, forecast_ahead

from ..plant import DAY, Plant
from .conftest import PONDS

STEP = timedelta(minutes=20)


def test_it_is_what_the_day_was_told(plant: Plant, site: Site) -> None:
    asked, reasons = forecast_ahead(site, plant.fleet, origin=plant.span.first_moment + 17 * DAY - STEP)
    table = site.warehouse.read(site.table(plant.fleet, "forecast"), plant.day(16), plant.day(17))
    both = [name for name in asked.columns if name in table.columns]
    assert reasons == {}
    assert_frame_equal(asked.select(both), table.select(both), check_row_order=False, check_exact=True)


def test_the_latest_reading_is_where_it_begins(plant: Plant, site: Site) -> None:
    cleaned = cleaned_sensors(plant.fleet)
    last = site.warehouse.read(cleaned, plant.day(19))
    ends = plant.span.last_moment - 5 * STEP
    silenced = pl.when(pl.col("time") <= ends).then("oxygen").alias("oxygen")
    site.warehouse.replace(cleaned, last.with_columns(silenced), plant.day(19), plant.span.end)
    assert forecast_ahead(site, plant.fleet)[0]["origin"].unique().to_list() == [ends]


def test_units_and_horizon_are_those_asked_for(plant: Plant, site: Site) -> None:
    told, reasons = forecast_ahead(site, plant.fleet, units=[PONDS[0], "nobody"], horizon=timedelta(hours=2))
    whole, _ = forecast_ahead(site, plant.fleet)
    assert (told["unit_id"].unique().to_list(), told.height) == ([PONDS[0]], 6)
    assert_frame_equal(told, whole.filter(unit_id=PONDS[0]).head(6), check_exact=True)
    assert reasons == {"nobody": "no reading of this unit is known"}


@pytest.mark.parametrize("horizon", [timedelta(0), timedelta(minutes=30), timedelta(days=2)])
def test_a_horizon_that_was_not_learnt_is_refused(plant: Plant, site: Site, horizon: timedelta) -> None:
    with pytest.raises(ForecastError, match=r"horizon.*multiple of 20m, up to 1d.*train again"):
        forecast_ahead(site, plant.fleet, horizon=horizon)


def test_an_origin_off_the_grid_is_refused(plant: Plant, site: Site) -> None:
    with pytest.raises(ForecastError, match="off the forecast's grid"):
        forecast_ahead(site, plant.fleet, origin=plant.span.first_moment + 17 * DAY + STEP / 2)


def test_an_origin_that_nothing_was_read_before_is_refused(plant: Plant, site: Site) -> None:
    with pytest.raises(ForecastError, match=r"nothing to forecast ponds from.*backfill"):
        forecast_ahead(site, plant.fleet, origin=plant.span.first_moment - 60 * DAY)


def test_a_fleet_that_is_not_forecast_or_has_learnt_nothing_is_told(copy: Callable[..., Plant]) -> None:
    silent = copy(forecast=None)
    with pytest.raises(ForecastError, match=r"ponds is not forecast.*add forecast"):
        forecast_ahead(silent.site(), silent.fleet)
    with pytest.raises(RegistryError, match="anomaly-assets train other"):
        forecast_ahead(silent.site(), copy(fleet="other").fleet)
