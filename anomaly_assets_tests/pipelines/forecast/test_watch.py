"""Days that come are held against the forecasts made for them, and a shift of the fleet's level asks for a retraining.

Judged through the platform's own decision, day by day, as the drift sensor asks it.
"""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.monitoring import ForecastBaseline
from anomaly_assets.pipelines import (
    Site,
    Span,
    forecast_days,
    midnight,
    retraining_due,
    trailing,
    train_all,
    train_forecaster,
)
from anomaly_assets.pipelines.forecast import watch_days
from anomaly_assets.pipelines.forecast.watch import WHOLE
from anomaly_assets.registry import ForecastBundle

from ..plant import DAY, Plant, days_prepared
from .tanks import HORIZON, KNOWN, WEEKS, came, risen

SCALE = 0.35


def told(site: Site, fleet: FleetConfig, *bounds: object) -> pl.DataFrame:
    return site.warehouse.read(site.table(fleet, "forecast_monitoring"), *bounds)


def reasons(plant: Plant, site: Site, days: int) -> dict[int, str]:
    """Live through so many days; why a retraining was launched, by the number of the day after KNOWN."""
    launched: dict[int, str] = {}
    last = None
    for number, (_, now) in enumerate(came(plant, site, days)):
        decision = retraining_due(site, plant.fleet, now, last)
        if decision.retrain:
            launched[number], last = decision.reason, now
    return launched


class TestRetraining:
    def test_thirty_weeks_without_drift_launch_at_most_one(self, watched: Plant, living: Site) -> None:
        fleet, weeks = watched.fleet, Span(watched.day(KNOWN), watched.span.end)
        watched.arrive()
        days_prepared(living, fleet, weeks)
        forecast_days(living, fleet, Span(weeks.start - HORIZON * DAY, weeks.end))
        watch_days(living, fleet, weeks)
        table, found = living.table(fleet, "forecast_monitoring"), told(living, fleet)
        assert found.filter(WHOLE)["drifted"].count() == len(weeks.days()) == 7 * WEEKS, "every day has a verdict"
        living.warehouse.replace(table, table.empty(), weeks.start, weeks.end)
        launched, last = [], None
        for day in weeks.days():
            living.warehouse.replace(table, found.filter(day=day), day, day + DAY)
            now = midnight(day + DAY) + timedelta(hours=2)
            if retraining_due(living, fleet, now, last).retrain:
                launched, last = [*launched, day], now
        assert len(launched) <= 1

    @pytest.mark.parametrize("by", [3 * SCALE, -4 * SCALE])
    def test_a_level_that_shifts_launches_one_by_forecast_error(self, watched: Plant, living: Site, by: float) -> None:
        risen(watched.later, watched.day(KNOWN + 4), by)
        launched = reasons(watched, living, 9)
        assert len(launched) == 1 and min(launched) <= 4 + 3, "by the fourth day"
        (reason,) = launched.values()
        assert reason.startswith("forecasts: 3 days in a row drifted") and "by error" in reason

    def test_one_broken_probe_is_an_incident_and_retrains_nobody(self, watched: Plant, living: Site) -> None:
        risen(watched.later, watched.day(KNOWN + 2), 10 * SCALE, ("south",))
        assert reasons(watched, living, 7) == {}
        broken = told(living, watched.fleet).filter(pl.col("horizon_day").is_null(), unit_id="south")
        assert broken["ratio"].max() > 5, "yet its own errors are told"  # type: ignore[operator]

    def test_a_retraining_that_was_launched_is_waited_for(self, watched: Plant, living: Site) -> None:
        risen(watched.later, watched.day(KNOWN), 3 * SCALE)
        fleet = watched.fleet
        *_, (_, now) = came(watched, living, 3)
        assert retraining_due(living, fleet, now).retrain
        train_forecaster(living, fleet)
        again = retraining_due(living, fleet, now)
        assert not again.retrain and "cooldown" in again.reason, "a second forecaster is an answer to drift"

    def test_the_days_that_asked_for_one_do_not_tell_the_new_forecaster_what_is_usual(
        self, watched: Plant, living: Site
    ) -> None:
        risen(watched.later, watched.day(KNOWN), 5 * SCALE)
        for _ in came(watched, living, 3):
            pass
        train_forecaster(living, watched.fleet)
        bundles = [living.registry.load("ponds.forecaster", number, ForecastBundle) for number in (1, 2)]
        before, after = (bundle.baseline.errors["rmse"].max() for bundle in bundles)
        assert after < 1.5 * before
        contaminated = ForecastBaseline.of(bundles[1].report.forecasts, watched.fleet.forecast.watch)
        assert contaminated.errors["rmse"].max() > 1.5 * before, "as they would"

    def test_a_retraining_of_the_detectors_counts_as_well(self, watched: Plant, living: Site) -> None:
        fleet = watched.fleet
        train_all(living, fleet, trailing(fleet))
        risen(watched.later, watched.day(KNOWN), 3 * SCALE)
        *_, (_, now) = came(watched, living, 3)
        assert not retraining_due(living, fleet, now).retrain


class TestDays:
    @pytest.fixture(autouse=True)
    def _arrived(self, watched: Plant, living: Site) -> None:
        watched.arrive(KNOWN + 5)
        days_prepared(living, watched.fleet, Span(watched.day(KNOWN), watched.day(KNOWN + 5)))
        forecast_days(living, watched.fleet, Span(watched.day(KNOWN), watched.day(KNOWN + 5)))

    def test_at_once_or_one_by_one_are_the_same(self, living: Site, watched: Plant) -> None:
        span = Span(watched.day(KNOWN - 3), watched.day(KNOWN + 5))
        written = watch_days(living, watched.fleet, span)
        at_once = told(living, watched.fleet)
        assert written.total == at_once.height and written.counts["judged_days"] == 8
        for day in reversed(span.days()):
            watch_days(living, watched.fleet, Span(day, day + DAY))
        assert_frame_equal(told(living, watched.fleet), at_once, check_exact=True)

    def test_are_held_against_forecasts_as_they_were_stored(self, living: Site, watched: Plant) -> None:
        day, table = Span(watched.day(KNOWN), watched.day(KNOWN + 1)), living.table(watched.fleet, "forecast")
        watch_days(living, watched.fleet, day)
        before = told(living, watched.fleet)
        origin = watched.day(KNOWN - 2)
        stored = living.warehouse.read(table, origin, origin + DAY)
        moved = [pl.col(name) + 5 for name in stored.columns if name.split("_")[0] in {"forecast", "lower", "upper"}]
        living.warehouse.replace(table, stored.with_columns(moved), origin, origin + DAY)
        watch_days(living, watched.fleet, day)
        after = told(living, watched.fleet)
        changed = before.join(after, on=["day", "horizon_day", "unit_id", "rmse"], how="anti", nulls_equal=True)
        assert changed["horizon_day"].unique().to_list() == [None, 2], "made two days before"

    def test_are_judged_by_the_version_that_forecast_them_last(self, living: Site, watched: Plant) -> None:
        assert train_forecaster(living, watched.fleet).challenger is not None
        living.registry.set_alias("ponds.forecaster", "champion", 2)
        forecast_days(living, watched.fleet, Span(watched.day(KNOWN + 1), watched.day(KNOWN + 3)))
        watch_days(living, watched.fleet, Span(watched.day(KNOWN), watched.day(KNOWN + 5)))
        versions = told(living, watched.fleet).filter(WHOLE).sort("day")
        assert versions["model_version"].to_list() == [1, 1, 2, 2, 1]
        assert told(living, watched.fleet, watched.day(KNOWN + 2), watched.day(KNOWN + 3))["horizon_day"].max() == 1

    def test_that_were_learnt_from_have_no_verdict(self, living: Site, watched: Plant) -> None:
        """The test part was not: it begins a fortnight before the end of what was known."""
        early = Span(watched.day(KNOWN - 20), watched.day(KNOWN - 10))
        forecast_days(living, watched.fleet, Span(early.start - DAY, early.end - DAY))
        watch_days(living, watched.fleet, early)
        found = told(living, watched.fleet, early.start, early.end).filter(WHOLE).sort("day")
        assert found["drifted"].is_null().to_list() == [True] * 6 + [False] * 4

    def test_without_a_forecast_or_a_reading_stay_empty(self, living: Site, watched: Plant) -> None:
        assert watch_days(living, watched.fleet, Span(watched.day(2), watched.day(4))).total == 0
        assert watch_days(living, watched.fleet, Span(watched.day(KNOWN + 6), watched.day(KNOWN + 8))).total == 0

    def test_know_the_severity_of_the_detector_that_the_baseline_knows(
        self,
        living: Site,
        watched: Plant,
    ) -> None:
        day = Span(watched.day(KNOWN), watched.day(KNOWN + 1))
        watch_days(living, watched.fleet, day)
        assert told(living, watched.fleet).filter(WHOLE)["median_severity"].item() == 0.0
        gone = Path(living.registry.place(living.registry.get("ponds", "rule_severity/1")))
        gone.rename(gone.with_name("gone"))
        del living.registry
        watch_days(living, watched.fleet, day)
        found = told(living, watched.fleet).filter(WHOLE)
        assert found["median_severity"].item() is None and found["drifted"].item() is False
