"""What a person asks each morning; training is never counted together with what came after it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.pipelines import Site, choose_champion, fleet_status, score_days, train_all

from .plant import DAYS, TABLES, Plant, registry_prepared

TRAINED_UNTIL = datetime(2024, 3, 11, tzinfo=UTC)


def alarming(site: Site, plant: Plant, where: pl.Expr) -> None:
    """Raise an alarm in the windows that are meant, and in no other."""
    table = site.table(plant.fleet, "scores")
    scores = site.warehouse.read(table).with_columns(
        score=pl.when(where).then(1e3).otherwise(0.0), threshold=pl.lit(1.0)
    )
    site.warehouse.replace(table, scores.with_columns(is_anomaly=where), plant.span.start, plant.span.end)


class TestTrainingAndLaterDays:
    def test_are_told_apart_in_every_row(self, original: Plant) -> None:
        site = original.site()
        windows = site.registry.load("ponds", "champion").manifest.training_windows
        scores = site.warehouse.read(site.table(original.fleet, "scores"))
        assert set(windows) == {"unit_01", "unit_02", "unit_03"}
        for unit, (start, end) in windows.items():
            inside = pl.col("window_start").is_between(start, end, closed="left")
            of_unit = scores.filter(unit_id=unit)
            assert of_unit.filter(inside)["in_training"].all() and not of_unit.filter(~inside)["in_training"].any()

    def test_by_each_units_own_life(self, copy: Callable[..., Plant]) -> None:
        plant = copy(training={"window": {"early_life": "4d"}})
        later = datetime(2024, 3, 6, tzinfo=UTC)
        site, features = plant.site(), plant.site().table(plant.fleet, "features")
        rows = site.warehouse.read(features).filter(
            (pl.col("unit_id") != "unit_02") | (pl.col("window_start") >= later)
        )
        site.warehouse.replace(features, rows, plant.span.start, plant.span.end)
        train_all(site, plant.fleet)
        score_days(site, plant.fleet, plant.span, "deviation")
        scores = site.warehouse.read(site.table(plant.fleet, "scores")).filter("in_training")
        ends = dict(scores.group_by("unit_id").agg(pl.col("window_end").max()).iter_rows())
        assert ends["unit_01"] == datetime(2024, 3, 5, tzinfo=UTC)
        assert ends["unit_02"] == later + timedelta(days=4)

    def test_a_unit_that_was_not_trained_on_is_never_in_training(self, plant: Plant, site: Site) -> None:
        features = site.table(plant.fleet, "features")
        rows = site.warehouse.read(features).with_columns(unit_id=pl.col("unit_id").str.replace("unit_03", "unit_99"))
        site.warehouse.replace(features, rows, plant.span.start, plant.span.end)
        score_days(site, plant.fleet, plant.span)
        scores = site.warehouse.read(site.table(plant.fleet, "scores")).filter(unit_id="unit_99")
        assert scores.height and not scores["in_training"].any()

    def test_alarms_in_training_are_not_counted(self, plant: Plant, site: Site) -> None:
        alarming(site, plant, pl.col("in_training"))
        found = fleet_status(site, plant.fleet)
        assert (found.alarms, found.recent.height) == (0, 0)
        assert found.against_labels is not None and found.against_labels.event_recall == 0

    def test_alarms_after_it_are(self, plant: Plant, site: Site) -> None:
        alarming(site, plant, (pl.col("window_start") == TRAINED_UNTIL) | pl.col("in_training"))
        found = fleet_status(site, plant.fleet)
        assert found.alarms == found.recent.height == 3, "one a unit, and not the training that went before it"
        assert found.recent["start"].to_list() == [TRAINED_UNTIL] * 3

    def test_observed_time_is_that_after_training(self, original: Plant) -> None:
        site = original.site()
        found = fleet_status(site, original.fleet)
        live = site.warehouse.read(site.table(original.fleet, "scores")).filter(~pl.col("in_training"))
        assert found.windows == live.height < found.rows["scores"]
        assert found.unit_days == pytest.approx(live.height / 24)


class TestAFleet:
    def test_that_lives_is_told_in_numbers(self, original: Plant) -> None:
        found = fleet_status(original.site(), original.fleet)
        assert (found.first_day, found.last_day) == (original.first, original.day(DAYS - 1))
        assert all(found.rows[name] > 0 for name in TABLES)
        assert found.champion is not None and found.champion.name == "deviation/1"
        assert found.drifted[1] == DAYS
        assert found.recent["end"].is_sorted(descending=True) and found.recent.height <= 7
        assert found.problems == {}

    def test_that_is_empty_has_a_state_too(self, tmp_path: Path, empty_registry: Path) -> None:
        plant = registry_prepared(Plant(tmp_path), empty_registry)
        plant.raw.mkdir()
        found = fleet_status(plant.site(), plant.fleet)
        assert set(found.rows.values()) == {0}
        assert (found.champion, found.first_day, found.last_day, found.latest_drift) == (None, None, None, None)
        assert (found.windows, found.alarms, found.unit_days, found.drifted) == (0, 0, 0.0, (0, 0))
        assert found.against_labels is None and found.recent.is_empty()

    def test_without_labels_is_not_compared_with_any(self, plant: Plant, site: Site) -> None:
        table = site.table(plant.fleet, "labels")
        site.warehouse.replace(table, table.empty(), plant.span.start, plant.span.end)
        found = fleet_status(site, plant.fleet)
        assert found.against_labels is None and found.alarms > 0

    def test_names_the_files_that_cannot_be_read(self, plant: Plant, site: Site) -> None:
        plant.file(5).write_bytes(b"")
        site.source(plant.fleet).refresh()
        problems = fleet_status(site, plant.fleet).problems
        assert list(problems) == [plant.file(5).name]
        assert "empty" in problems[plant.file(5).name]


def test_a_second_choice_right_after_the_first_changes_no_status(plant: Plant, site: Site) -> None:
    before = fleet_status(site, plant.fleet)
    choose_champion(site, plant.fleet)
    after = fleet_status(site, plant.fleet)
    assert before.champion is not None and after.champion is not None
    assert (after.champion.name, after.alarms) == (before.champion.name, before.alarms)
