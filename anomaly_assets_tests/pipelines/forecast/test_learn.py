"""What a forecaster learns from, who is in force afterwards, and why."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from anomaly_assets.contracts import cleaned_sensors
from anomaly_assets.errors import ForecastError
from anomaly_assets.pipelines import Site, forecaster_in_force, lacking, train_forecaster
from anomaly_assets.pipelines.forecast import readings_of
from anomaly_assets.pipelines.forecast.promotion import challenge
from anomaly_assets.registry import ForecastBundle, forecaster_of

from ..plant import DAY, Plant
from .conftest import PONDS, settings

MODEL = forecaster_of("ponds")


def worsened(site: Site, by: float) -> int:
    """Let a version be champion whose forecasts are always so much too high."""
    bundle = site.registry.load(MODEL, "champion", ForecastBundle)
    direct = bundle.forecaster.direct
    trees = replace(direct.trees, start=direct.trees.start + by)
    higher = replace(direct, trees=trees, believed=np.ones_like(direct.believed))
    made = replace(bundle.forecaster, direct=higher, strategy="direct")
    version = site.registry.register(MODEL, replace(bundle, forecaster=made), {}, {})
    return site.registry.set_alias(MODEL, "champion", version.version).version


class TestTheFirstOne:
    def test_is_in_force_because_there_was_none(self, site: Site) -> None:
        change = site.registry.history(MODEL)[-1]
        assert site.registry.alias(MODEL).version == change.version == 1
        assert change.reason == "no forecaster that fits this fleet was in force, so this one is"

    def test_says_what_it_learnt_from_and_what_it_was_chosen_on(self, plant: Plant, site: Site) -> None:
        manifest = site.registry.load(MODEL, "champion", ForecastBundle).manifest
        begin, end = plant.span.first_moment, plant.span.last_moment
        assert manifest.training_windows[PONDS[0]] == (begin, end - 3 * DAY)
        assert manifest.validation_windows[PONDS[0]] == (end - 6 * DAY, end - 3 * DAY)
        assert set(manifest.training_windows) == set(PONDS)
        assert (manifest.features, manifest.window) == (("oxygen",), {"trailing": "20d"})
        assert manifest.params["severity_from"] == "nothing"

    def test_has_a_baseline_of_every_unit_and_its_metrics_in_the_registry(self, site: Site) -> None:
        version = site.registry.get(MODEL)
        baseline = site.registry.load(MODEL, "champion", ForecastBundle).baseline
        assert {*PONDS, None} == set(baseline.errors["unit_id"])
        assert {"validation_rmse", "test_rmse", "test_skill"} <= set(version.metrics)
        assert version.name == "forecaster/1"


class TestPromotion:
    def test_keeps_the_version_in_force_that_is_not_beaten_on_validation(self, plant: Plant, site: Site) -> None:
        champion, worse = site.registry.load(MODEL, "champion", ForecastBundle), pl.col("forecaster") + 3.0
        given = readings_of(site, plant.fleet, plant.span.first_moment, plant.span.last_moment)
        report = replace(champion.report, forecasts=champion.report.forecasts.with_columns(worse))
        promoted, reason = challenge(replace(champion, report=report), champion, site.registry.get(MODEL), given)
        assert not promoted and "of forecaster/1" in reason and reason.endswith("; not lower")

    def test_replaces_the_version_in_force_that_is_beaten(self, plant: Plant, site: Site) -> None:
        worse = worsened(site, 3.0)
        choice = train_forecaster(site, plant.fleet)
        assert choice.promoted and choice.champion.version == worse
        assert site.registry.alias(MODEL).version == choice.challenger.version
        assert site.registry.history(MODEL)[-1].reason == choice.reason

    def test_asks_for_as_much_as_the_tolerance_says(self, copy: Callable[..., Plant]) -> None:
        plant = copy(forecast=settings(tolerance=0.999))
        site = plant.site()
        worse = worsened(site, 3.0)
        choice = train_forecaster(site, plant.fleet)
        assert not choice.promoted and "not at least 99.9% lower" in choice.reason
        assert site.registry.alias(MODEL).version == worse
        assert site.registry.alias(MODEL, "challenger").version == choice.challenger.version

    def test_does_not_look_at_the_test_part(self, plant: Plant, site: Site) -> None:
        worsened(site, 3.0)
        cleaned = cleaned_sensors(plant.fleet)
        last = site.warehouse.read(cleaned, plant.day(17))
        changed = last.with_columns(oxygen=last["oxygen"] * 3)
        told = train_forecaster(site, plant.fleet).reason
        site.registry.set_alias(MODEL, "champion", 2)
        site.warehouse.replace(cleaned, changed, plant.day(17), plant.span.end)
        assert train_forecaster(site, plant.fleet).reason == told

    def test_takes_one_that_fits_the_fleet_over_one_that_does_not(self, copy: Callable[..., Plant]) -> None:
        plant = copy(forecast=settings(sensor="temperature"))
        site = plant.site()
        assert forecaster_in_force(site, plant.fleet) is None
        choice = train_forecaster(site, plant.fleet)
        assert choice.promoted and "no forecaster that fits this fleet" in choice.reason
        assert forecaster_in_force(site, plant.fleet).version == 2

    def test_takes_a_whole_one_over_a_damaged_one(self, plant: Plant) -> None:
        site = plant.site()
        (site.registry.place(site.registry.get(MODEL)) / "report.json").write_text("{}")
        assert forecaster_in_force(site, plant.fleet) is None
        assert train_forecaster(plant.site(), plant.fleet).promoted


class TestHistory:
    def test_that_is_too_short_says_how_many_days_are_lacking_and_fails_nothing(self, copy: Callable) -> None:
        plant = copy(forecast=settings(spread="60d", history="60d"))
        choice = train_forecaster(plant.site(), plant.fleet)
        assert choice.reason == "a forecaster needs 37 days, 20 are recorded"
        assert (choice.promoted, choice.challenger, choice.report) == (False, None, None)
        assert lacking(plant.site(), plant.fleet) == choice.reason
        assert len(plant.site().registry.versions(MODEL)) == 1

    def test_that_was_not_asked_for_is_not_learnt_from(self, copy: Callable[..., Plant]) -> None:
        plant = copy(forecast=settings(history="12d"))
        report = train_forecaster(plant.site(), plant.fleet).report
        assert report.splits["start"] == plant.span.last_moment - 12 * DAY
        assert report.splits["end"] == plant.span.last_moment

    def test_of_a_fleet_that_is_not_forecast_is_refused(self, copy: Callable[..., Plant]) -> None:
        plant = copy(forecast=None)
        with pytest.raises(ForecastError, match="is not forecast"):
            train_forecaster(plant.site(), plant.fleet)
