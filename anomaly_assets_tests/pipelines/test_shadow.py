"""Versions under trial score the same days, alarm nobody, and are set beside the champion."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import RegistryError
from anomaly_assets.pipelines import (
    Site,
    Span,
    calibrate_detector,
    compare_shadows,
    shadow_days,
    shadow_versions,
    train_detector,
)

from .plant import Plant, kept


@pytest.fixture
def fleet(plant: Plant) -> FleetConfig:
    return plant.fleet


@pytest.fixture
def last_days(plant: Plant) -> Span:
    return Span(plant.day(14), plant.day(20))


def shadows(site: Site, fleet: FleetConfig) -> pl.DataFrame:
    return site.warehouse.read(site.table(fleet, "shadow_scores"))


def tried(site: Site, reference: str = "random_score") -> int:
    version = site.registry.get("ponds", reference).version
    return site.registry.set_alias("ponds", "shadow", version).version


class TestWithoutAnyone:
    def test_the_days_stay_empty(self, site: Site, fleet: FleetConfig, last_days: Span) -> None:
        assert shadow_versions(site, fleet) == []
        assert shadow_days(site, fleet, last_days).total == 0
        assert shadows(site, fleet).is_empty()

    def test_there_is_nothing_to_compare_and_it_says_how_to_change_that(self, site: Site, fleet: FleetConfig) -> None:
        with pytest.raises(RegistryError, match=r"no version of ponds is tried out.*models shadow ponds"):
            compare_shadows(site, fleet)


class TestTriedOut:
    def test_is_who_is_called_shadow_or_challenger_but_never_the_champion(self, site: Site, fleet: FleetConfig) -> None:
        assert "challenger" in site.registry.get("ponds", "champion").aliases
        number = tried(site)
        assert [version.version for version in shadow_versions(site, fleet)] == [number]

    def test_its_scores_are_what_it_would_have_said_as_champion(
        self, site: Site, fleet: FleetConfig, plant: Plant, last_days: Span
    ) -> None:
        train_detector(site, fleet, "deviation")
        number = calibrate_detector(site, fleet, "deviation").version
        site.registry.set_alias("ponds", "shadow", number)
        written = shadow_days(site, fleet, last_days)
        scored = shadows(site, fleet)
        live = kept(site, fleet, last_days)["scores"]
        assert written.total == live.height == scored.height
        same = ("unit_id", "window_start", "score", "threshold", "is_anomaly", "top_sensor")
        assert_frame_equal(scored.select(same), live.select(same), check_exact=True)
        assert set(scored["model_version"]) == {number} != set(live["model_version"])

    def test_nothing_else_is_written(self, site: Site, fleet: FleetConfig, last_days: Span) -> None:
        before = kept(site, fleet)
        tried(site)
        shadow_days(site, fleet, last_days)
        for name, frame in kept(site, fleet).items():
            assert_frame_equal(frame, before[name], check_exact=True)

    def test_several_versions_have_their_own_rows(self, site: Site, fleet: FleetConfig, last_days: Span) -> None:
        tried(site)
        train_detector(site, fleet, "deviation")
        site.registry.set_alias("ponds", "challenger", calibrate_detector(site, fleet, "deviation").version)
        shadow_days(site, fleet, last_days)
        assert shadows(site, fleet).group_by("unit_id", "window_start").len()["len"].unique().to_list() == [2]


class TestCompared:
    def test_a_twin_agrees_in_everything(self, site: Site, fleet: FleetConfig, last_days: Span) -> None:
        train_detector(site, fleet, "deviation")
        site.registry.set_alias("ponds", "shadow", calibrate_detector(site, fleet, "deviation").version)
        shadow_days(site, fleet, last_days)
        (pair,) = compare_shadows(site, fleet, days=6)
        assert (pair.champion, pair.shadow.split("/")[0]) == ("deviation/1", "deviation")
        assert (pair.agreement, pair.alarms[0] - pair.alarms[1]) == (1.0, 0)
        assert pair.correlation == pytest.approx(1.0)
        assert pair.against_labels is not None and pair.against_labels[0] == pair.against_labels[1]
        assert pair.windows == kept(site, fleet, last_days)["scores"].height

    def test_one_that_draws_lots_does_not(self, site: Site, fleet: FleetConfig, last_days: Span) -> None:
        tried(site)
        shadow_days(site, fleet, last_days)
        (pair,) = compare_shadows(site, fleet, days=6)
        assert pair.correlation is not None and abs(pair.correlation) < 0.2
        assert pair.agreement is not None and pair.agreement < 0.5

    def test_days_that_one_of_them_has_not_scored_do_not_count(
        self, site: Site, fleet: FleetConfig, plant: Plant
    ) -> None:
        tried(site)
        shadow_days(site, fleet, Span(plant.day(18), plant.day(20)))
        (pair,) = compare_shadows(site, fleet, days=6)
        assert pair.windows == kept(site, fleet, Span(plant.day(18), plant.day(20)))["scores"].height

    def test_days_without_a_common_window_say_so(self, site: Site, fleet: FleetConfig) -> None:
        tried(site)
        (pair,) = compare_shadows(site, fleet)
        assert (pair.windows, pair.first, pair.correlation, pair.against_labels) == (0, None, None, None)
