"""What a run tells, what it refuses, and that a refusal costs nothing that was there."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import Table
from anomaly_assets.orchestration import build_defs
from anomaly_assets.orchestration.partitions import range_tags
from anomaly_assets.orchestration.site_resource import SiteResource
from anomaly_assets.pipelines import Site, Span
from anomaly_assets.warehouse import Warehouse
from anomaly_assets_tests.pipelines.plant import DAY, DAYS, TABLES, kept

from .conftest import Installation

DAILY = ("raw_readings", *TABLES)


class TestMetadata:
    @pytest.fixture(scope="class")
    def told(self, original: Installation) -> dict[str, dg.AssetMaterialization]:
        return original.latest(*DAILY, "deviation_model", "deviation_threshold", "champion")

    def test_of_every_table_says_rows_days_and_shows_some(self, told: dict, original: Installation) -> None:
        first, last = original.plant.day(0), original.plant.day(DAYS - 1)
        for name in DAILY:
            metadata = told[name].metadata
            assert metadata["days"].value.startswith(f"{first} to {last}")
            assert metadata["rows"].value > 0
            assert metadata["preview"].value.count("\n") >= 2, "a header, a rule and rows"

    def test_of_every_table_counts_what_is_in_it(self, told: dict, original: Installation) -> None:
        frames = kept(original.site, original.plant.fleet)
        assert {name: told[name].metadata["rows"].value for name in TABLES} == {
            name: frame.height for name, frame in frames.items()
        }

    def test_of_a_day_counts_that_day(self, original: Installation) -> None:
        plant = original.plant
        with original.instance() as instance:
            wanted = dg.AssetRecordsFilter(dg.AssetKey(["ponds", "cleaned_sensors"]), [plant.day(5).isoformat()])
            (record,) = instance.fetch_materializations(wanted, limit=5).records
        rows = original.site.warehouse.days(original.site.table(plant.fleet, "cleaned_sensors"))[plant.day(5)]
        assert record.asset_materialization.metadata["dagster/partition_row_count"].value == rows

    def test_of_cleaning_counts_every_rule(self, told: dict) -> None:
        counted = {name: value.value for name, value in told["cleaned_sensors"].metadata.items()}
        assert counted["out_of_range"] == 2 and counted["quarantined"] == told["quarantine"].metadata["rows"].value
        assert counted["readings"] > counted["quarantined"]

    def test_of_scores_and_drift_has_a_picture(self, told: dict) -> None:
        for name in ("scores", "drift_report"):
            assert told[name].metadata["plot"].value.startswith("![")
            assert "data:image/png;base64," in told[name].metadata["plot"].value

    def test_of_scores_names_the_champion(self, told: dict) -> None:
        assert told["scores"].metadata["champion"].value == "deviation/1"

    def test_of_a_model_says_what_it_learnt_from(self, told: dict, original: Installation) -> None:
        metadata = told["deviation_model"].metadata
        assert metadata["units"].value == 3
        assert str(original.plant.first) in str(metadata["spans"].value)

    def test_of_the_champion_gives_the_reason_and_every_trial(self, told: dict) -> None:
        metadata = told["champion"].metadata
        assert metadata["promoted"].value is True
        assert set(metadata["trials"].value) == {"deviation/1", "random_score/2"}
        assert metadata["reason"].value and "injected faults" in metadata["judged_on"].value


class TestAnEmptyDay:
    """Its file has vanished, and so has that of the day before, so that nothing is carried over into it."""

    @pytest.fixture
    def empty(self, here: Installation) -> Installation:
        for number in (5, 6):
            here.plant.file(number).unlink()
        return here

    def test_is_green_and_says_so(self, empty: Installation) -> None:
        outcome = empty.run("daily", 5, 7)
        assert (outcome.success, outcome.failures, outcome.failed_checks) == (True, (), ())
        outcome = empty.run("daily", 6)
        assert (outcome.success, outcome.failures, outcome.failed_checks) == (True, (), ())
        for name, told in empty.latest(*DAILY).items():
            assert told.metadata["rows"].value == 0, name
            assert "no readings" in told.metadata["note"].value
        whole = kept(empty.site, empty.plant.fleet, Span(empty.plant.day(6), empty.plant.day(7)))
        assert all(frame.is_empty() for frame in whole.values())

    def test_between_others_is_materialised_with_nought_rows(self, empty: Installation) -> None:
        assert empty.run("daily", 4, 8).success
        with empty.instance() as instance:
            wanted = dg.AssetRecordsFilter(dg.AssetKey(["ponds", "scores"]), [empty.plant.day(6).isoformat()])
            record = instance.fetch_materializations(wanted, limit=1).records[0]
        assert record.asset_materialization.metadata["dagster/partition_row_count"].value == 0


@dataclass
class Spoiling:
    """The real warehouse, given frames of one table that break their contract."""

    real: Warehouse
    table: str
    spoil: Callable[[pl.DataFrame], pl.DataFrame]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def replace(self, table: Table, frame: pl.DataFrame, *span: Any, **days: Any) -> int:
        spoilt = self.spoil(frame) if table.name == self.table else frame
        return self.real.replace(table, spoilt, *span, **days)


class SpoilingSite(SiteResource):
    """Opens the installation with a table that is spoilt on its way into the warehouse."""

    table: str

    def open(self, context: dg.AssetExecutionContext | None = None) -> Site:
        site = super().open(context)
        broken = {
            "features": lambda frame: frame.with_columns(oxygen__raw=pl.lit(float("nan"))),
            "scores": lambda frame: frame.with_columns(is_anomaly=~pl.col("is_anomaly")),
            "cleaned_sensors": lambda frame: pl.concat([frame, frame.head(1)]),
        }
        site.__dict__["warehouse"] = Spoiling(site.warehouse, self.table, broken[self.table])
        return site


class TestABrokenContract:
    @pytest.fixture
    def run(self, here: Installation) -> Iterator[Callable[[str], dg.ExecuteInProcessResult]]:
        plant = here.plant
        with here.instance() as instance:

            def with_spoilt(table: str) -> dg.ExecuteInProcessResult:
                shared = here.defs.resources["site"]
                fields = {name: getattr(shared, name) for name in ("duckdb", "home", "configs", "tracking_uri", "raw")}
                site = SpoilingSite(table=table, **fields)
                defs = build_defs({"ponds": plant.fleet}, plant.platform, overrides={"site": site})
                tags = range_tags(Span(plant.day(9), plant.day(11)))
                job = defs.resolve_job_def("ponds_daily")
                return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)

            yield with_spoilt

    @pytest.mark.parametrize(
        ("table", "rule"),
        [
            ("cleaned_sensors", "unique_key"),
            ("features", "oxygen__raw"),
            ("scores", "decision_follows_score"),
        ],
    )
    def test_fails_its_check_and_leaves_every_table_as_it_was(
        self, here: Installation, run: Callable[[str], dg.ExecuteInProcessResult], table: str, rule: str
    ) -> None:
        before = kept(here.site, here.plant.fleet)
        result = run(table)
        assert not result.success
        failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
        assert (table, "contract") in {(check.asset_key.path[-1], check.check_name) for check in failed}
        assert rule in str(failed[0].metadata["broken"].value)
        for name, frame in kept(here.site, here.plant.fleet).items():
            assert_frame_equal(frame, before[name])
        steps = {event.step_key: event.event_type_value for event in result.all_events if event.step_key}
        assert steps[f"ponds__{table}"] == "STEP_FAILURE"

    def test_stops_what_would_be_built_on_it(self, run: Callable[[str], dg.ExecuteInProcessResult]) -> None:
        result = run("features")
        started = {event.step_key for event in result.all_events if event.event_type_value == "STEP_START"}
        assert {"ponds__raw_readings", "ponds__cleaned_sensors", "ponds__features"} <= started
        assert started.isdisjoint({"ponds__scores", "ponds__drift_report"})

    def test_is_the_only_thing_that_stops_such_a_run(
        self, here: Installation, run: Callable[[str], dg.ExecuteInProcessResult], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Spoiling, "replace", lambda self, *given, **days: self.real.replace(*given, **days))
        assert run("features").success


class TestTooMuchQuarantine:
    @pytest.fixture
    def spoilt(self, here: Installation) -> Installation:
        """Every other reading of a day is impossible; the tolerance is a fifth."""
        rows = here.plant.file(8).read_text().splitlines()
        cells = [line if number % 2 else line.rsplit(",", 2)[0] + ",5000,15" for number, line in enumerate(rows[1:])]
        here.plant.file(8).write_text("\n".join([rows[0], *cells]) + "\n")
        return here

    def test_stops_the_run_before_features(self, spoilt: Installation) -> None:
        before = kept(spoilt.site, spoilt.plant.fleet)
        outcome = spoilt.run("daily", 8)
        assert not outcome.success
        assert any("quarantine_tolerance" in check and "share" in check for check in outcome.failed_checks)
        after = kept(spoilt.site, spoilt.plant.fleet)
        for name in ("features", "scores", "drift_report"):
            assert_frame_equal(after[name], before[name])

    def test_lies_in_the_quarantine_table_with_file_and_row(self, spoilt: Installation) -> None:
        spoilt.run("daily", 8)
        day = Span(spoilt.plant.day(8), spoilt.plant.day(9))
        taken = kept(spoilt.site, spoilt.plant.fleet, day)["quarantine"].filter(rule="out_of_range")
        assert taken.height > 50
        assert set(taken["source_file"]) == {spoilt.plant.file(8).name}
        assert taken["found"].str.contains("5000").all()

    def test_within_the_tolerance_is_green(self, spoilt: Installation) -> None:
        plant = spoilt.plant
        plant.written["cleaning"] |= {"quarantine_tolerance": 0.6}
        plant.configured()
        outcome = spoilt.run("daily", 8)
        assert outcome.success and outcome.failed_checks == ()


def test_a_run_without_enough_days_to_train_is_green_and_says_why(
    copied: Callable[..., Installation], empty_registry: Path
) -> None:
    here = copied(training={"window": {"first": "300d"}})
    shutil.copytree(empty_registry, here.plant.home / "registry", dirs_exist_ok=True)
    outcome = here.run("daily", DAYS - 1)
    assert outcome.success
    assert "too few days to train" in here.latest("scores")["scores"].metadata["note"].value


def test_a_day_that_is_run_again_gives_the_same_rows(here: Installation) -> None:
    before = kept(here.site, here.plant.fleet)
    assert here.run("daily", 13).success
    for name, frame in kept(here.site, here.plant.fleet).items():
        assert_frame_equal(frame, before[name], check_exact=True)


def test_the_training_job_trains_registers_and_chooses(here: Installation) -> None:
    before = len(here.site.registry.versions("ponds"))
    outcome = here.run("training")
    assert outcome.success and outcome.failures == ()
    assert len(here.site.registry.versions("ponds")) == before + len(here.plant.fleet.detectors)
    told = here.latest("champion")["champion"].metadata
    assert (told["promoted"].value, told["champion"].value) == (False, "deviation/1")


def test_a_finished_backfill_has_every_day_of_every_table(original: Installation) -> None:
    expected = {day.isoformat() for day in original.plant.span.days()}
    with original.instance() as instance:
        for name in DAILY:
            assert instance.get_materialized_partitions(dg.AssetKey(["ponds", name])) == expected
        assert len(instance.get_runs()) == 1
    assert original.plant.day(DAYS - 1) + DAY == original.plant.span.end
