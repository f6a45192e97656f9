"""The table of forecasts: whole days, the same bits however they are cut, and only what can be known."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.contracts import cleaned_sensors
from anomaly_assets.errors import RegistryError
from anomaly_assets.pipelines import Site, Span, forecast_days
from anomaly_assets.registry import ForecastBundle, forecaster_of

from ..plant import DAY, Plant
from .conftest import PONDS, settings

STEP = timedelta(minutes=20)


def told(site: Site, fleet: FleetConfig, *bounds: object) -> pl.DataFrame:
    return site.warehouse.read(site.table(fleet, "forecast"), *bounds).drop("made_at")


def test_day_by_day_or_as_a_range_gives_the_same_bits(plant: Plant, site: Site) -> None:
    at_once = told(site, plant.fleet)
    for day in reversed(range(plant.days)):
        forecast_days(site, plant.fleet, Span(plant.day(day), plant.day(day + 1)))
    assert_frame_equal(told(site, plant.fleet), at_once, check_exact=True)


def test_pieces_that_fit_in_memory_give_the_same_bits(
    plant: Plant, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = told(site, plant.fleet)
    monkeypatch.setattr(Span.chunks, "__defaults__", (500,))
    forecast_days(site, plant.fleet, plant.span)
    assert_frame_equal(told(site, plant.fleet), at_once, check_exact=True)


def test_a_day_is_replaced_whole_and_its_neighbours_stay(plant: Plant, site: Site) -> None:
    fleet, day = plant.fleet, Span(plant.day(15), plant.day(16))
    before = told(site, fleet)
    cleaned = cleaned_sensors(fleet)
    kept = site.warehouse.read(cleaned, plant.day(0), plant.day(16)).filter(unit_id=PONDS[0])
    site.warehouse.replace(cleaned, kept, plant.day(0), plant.day(16))
    written = forecast_days(site, fleet, day)
    after = told(site, fleet)
    inside = pl.col("origin").dt.date() == day.start
    assert after.filter(inside)["unit_id"].unique().to_list() == [PONDS[0]]
    assert written.rows == {day.start: after.filter(inside).height}
    assert_frame_equal(after.filter(~inside), before.filter(~inside), check_exact=True)


def test_a_day_ahead_begins_after_the_days_last_instant(plant: Plant, site: Site) -> None:
    rows = told(site, plant.fleet, plant.day(16), plant.day(17))
    assert set(rows["unit_id"]) == set(PONDS), "names with | and spaces are names"
    assert rows["origin"].unique().to_list() == [plant.span.first_moment + 17 * DAY - STEP]
    for unit in PONDS:
        ahead = rows.filter(unit_id=unit)
        assert (ahead["time"] - ahead["origin"]).to_list() == [k * STEP for k in range(1, 73)]
        assert ahead["horizon_minutes"].to_list() == [20.0 * k for k in range(1, 73)]
    assert set(rows["horizon_day"]) == {1}


def test_what_the_forecaster_has_learnt_from_is_marked(plant: Plant, site: Site) -> None:
    model, rows = forecaster_of("ponds"), told(site, plant.fleet)
    bundle = site.registry.load(model, "champion", ForecastBundle)
    assert bundle.test_start == plant.span.last_moment - 3 * DAY
    assert rows.filter("in_training")["time"].max() == bundle.test_start - STEP
    assert rows.filter(~pl.col("in_training"))["time"].min() == bundle.test_start
    assert set(rows["model_version"]) == {1}


def test_forecasts_know_nothing_of_what_came_after_their_day(plant: Plant, site: Site) -> None:
    fleet, cleaned = plant.fleet, cleaned_sensors(plant.fleet)
    before = told(site, fleet, plant.day(15), plant.day(16))
    later = site.warehouse.read(cleaned, plant.day(16)).with_columns(oxygen=pl.col("oxygen") * 0 + 99.0)
    site.warehouse.replace(cleaned, later, plant.day(16), plant.span.end)
    forecast_days(site, fleet, Span(plant.day(15), plant.day(16)))
    assert_frame_equal(told(site, fleet, plant.day(15), plant.day(16)), before, check_exact=True)


def test_a_unit_that_is_silent_has_no_rows_and_a_reason(plant: Plant, site: Site) -> None:
    fleet, cleaned = plant.fleet, cleaned_sensors(plant.fleet)
    silenced = pl.when(pl.col("unit_id") != PONDS[1]).then("oxygen").alias("oxygen")
    last = site.warehouse.read(cleaned, plant.day(19)).with_columns(silenced)
    site.warehouse.replace(cleaned, last, plant.day(19), plant.span.end)
    written = forecast_days(site, fleet, Span(plant.day(18), plant.day(20)))
    assert set(written.reasons) == {PONDS[1]} and "was read" in written.reasons[PONDS[1]]
    assert PONDS[1] not in set(told(site, fleet, plant.day(19))["unit_id"])
    assert PONDS[1] in set(told(site, fleet, plant.day(18), plant.day(19))["unit_id"])


def test_days_without_a_reading_before_them_become_empty(plant: Plant, site: Site) -> None:
    written = forecast_days(site, plant.fleet, Span(plant.day(0) - 40 * DAY, plant.day(0) - 38 * DAY))
    assert (written.rows, written.reasons) == ({}, {})


def test_a_level_that_was_not_learnt_has_no_interval_yet(copy: Callable[..., Plant]) -> None:
    plant = copy(forecast=settings(levels=[0.8, 0.9]))
    site = plant.site()
    forecast_days(site, plant.fleet, Span(plant.day(18), plant.day(19)))
    rows = told(site, plant.fleet, plant.day(18), plant.day(19))
    assert rows["lower_80"].null_count() == 0 and rows["lower_90"].null_count() == rows.height > 0
    assert "lower_95" not in rows.columns


def test_without_a_forecaster_the_remedy_is_told(copy: Callable[..., Plant]) -> None:
    plant = copy(fleet="other")
    with pytest.raises(RegistryError, match=r"no forecaster 'champion'.*anomaly-assets train other\."):
        forecast_days(plant.site(), plant.fleet, plant.span)
