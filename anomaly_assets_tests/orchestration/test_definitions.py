"""What the UI shows of every shipped fleet before anything has run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from anomaly_assets.config import FleetConfig, GatesConfig, IncidentConfig, Platform, RealtimeConfig, load_fleets
from anomaly_assets.contracts import tables
from anomaly_assets.orchestration import build_defs
from anomaly_assets.pipelines import GATES
from anomaly_assets.pipelines.forecast import severity_detector
from anomaly_assets_tests.pipelines.plant import PROJECT

FLEETS = load_fleets(PROJECT / "configs" / "fleets")
DAILY = (
    "raw_readings",
    "cleaned_sensors",
    "quarantine",
    "labels",
    "features",
    "scores",
    "shadow_scores",
    "incidents",
    "drift_report",
)
FORECAST = ("forecast", "forecast_monitoring")
"""Daily, too, in a fleet that is forecast."""
UPSTREAM = {
    "raw_readings": set(),
    "cleaned_sensors": {"raw_readings"},
    "quarantine": {"raw_readings"},
    "labels": {"raw_readings"},
    "features": {"cleaned_sensors"},
    "scores": {"features", "champion"},
    "shadow_scores": {"features", "scores"},
    "incidents": {"scores"},
    "drift_report": {"features", "scores"},
    "evaluation": {"champion", "features", "labels"},
    "release": {"champion", "evaluation"},
}


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = tmp_path_factory.mktemp("home")
    return build_defs(FLEETS, Platform(home=home, configs=home, tracking_uri="sqlite://", warehouse=home / "w.duckdb"))


def daily_of(fleet: FleetConfig) -> tuple[str, ...]:
    return (*DAILY, *(FORECAST if fleet.forecast else ()))


@pytest.fixture(scope="module", params=sorted(FLEETS))
def fleet(request: pytest.FixtureRequest) -> FleetConfig:
    return FLEETS[request.param]


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions, fleet: FleetConfig) -> dict[str, dg.AssetSpec]:
    return specs_of(defs, fleet)


def specs_of(defs: dg.Definitions, fleet: FleetConfig) -> dict[str, dg.AssetSpec]:
    return {spec.key.path[1]: spec for spec in defs.resolve_all_asset_specs() if spec.key.path[0] == fleet.fleet}


def test_everything_loads_together(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)
    assert {key.path[0] for key in defs.resolve_all_asset_keys()} == set(FLEETS) == {path.stem for path in _files()}


def _files() -> list[Path]:
    return sorted((PROJECT / "configs" / "fleets").glob("*.yaml"))


class TestAssets:
    def test_are_tables_two_per_detector_champion_evaluation_and_release(self, fleet: FleetConfig, specs: dict) -> None:
        models = {f"{detector}_{part}" for detector in fleet.detectors for part in ("model", "threshold")}
        forecaster = {"forecaster"} if fleet.forecast else set()
        assert set(specs) == {*daily_of(fleet), *models, *forecaster, "champion", "evaluation", "release"}

    def test_hang_together_as_the_picture_says(self, fleet: FleetConfig, specs: dict) -> None:
        found = {name: {dep.asset_key.path[1] for dep in spec.deps} for name, spec in specs.items()}
        expected = UPSTREAM | {"champion": {f"{detector}_threshold" for detector in fleet.detectors}}
        for detector in fleet.detectors:
            expected[f"{detector}_model"] = {"features", "labels"}
            expected[f"{detector}_threshold"] = {f"{detector}_model"}
        if fleet.forecast:
            telling = severity_detector(fleet)
            expected["forecaster"] = {"cleaned_sensors", *([f"{telling}_threshold"] if telling else [])}
            expected["forecast"] = {"cleaned_sensors", "forecaster"}
            expected["forecast_monitoring"] = {"cleaned_sensors", "features", "forecast"}
        assert found == expected

    def test_are_told_in_words_and_owned_by_somebody(self, fleet: FleetConfig, specs: dict) -> None:
        for spec in specs.values():
            assert spec.group_name == fleet.fleet
            assert spec.owners == [fleet.owner]
            assert spec.kinds
            assert len(spec.description.split()) >= 4, spec.key
            assert spec.code_version

    def test_that_are_tables_say_their_columns(self, fleet: FleetConfig, specs: dict) -> None:
        for name in daily_of(fleet):
            schema = specs[name].metadata["dagster/column_schema"]
            assert [column.name for column in schema.columns] == list(tables(fleet)[name].dtypes)
            assert all(column.type for column in schema.columns)
            assert specs[name].metadata["dagster/table_name"] == f"{fleet.fleet}.{name}"

    def test_that_are_tables_are_cut_into_days_and_the_others_are_not(self, fleet: FleetConfig, specs: dict) -> None:
        for name, spec in specs.items():
            assert isinstance(spec.partitions_def, dg.DailyPartitionsDefinition) == (name in daily_of(fleet))
        assert len({spec.partitions_def for spec in specs.values() if spec.partitions_def}) == 1

    def test_start_where_the_fleet_says(self, fleet: FleetConfig, specs: dict) -> None:
        if fleet.start is not None:
            assert specs["scores"].partitions_def.get_first_partition_key() == fleet.start.isoformat()

    def test_of_a_range_are_backfilled_by_one_run(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        for name in daily_of(fleet):
            policy = defs.get_assets_def(dg.AssetKey([fleet.fleet, name])).backfill_policy
            assert policy == dg.BackfillPolicy.single_run()

    @pytest.mark.parametrize(
        ("change", "stale"),
        [
            ({"realtime": RealtimeConfig(topic="elsewhere/{unit}")}, set()),
            ({"incidents": IncidentConfig(linger=timedelta(hours=7))}, {"incidents"}),
            ({"gates": GatesConfig(resamples=77)}, None),
            ({"description": "another"}, None),
        ],
        ids=["realtime", "incidents", "gates", "description"],
    )
    def test_have_another_code_version_if_the_file_changed_in_what_they_may_read(
        self, fleet: FleetConfig, specs: dict, tmp_path: Path, change: dict[str, Any], stale: set[str] | None
    ) -> None:
        changed = fleet.model_copy(update=change)
        assert changed != fleet
        platform = Platform(home=tmp_path, configs=tmp_path, tracking_uri="sqlite://", warehouse=tmp_path / "w")
        now = specs_of(build_defs({fleet.fleet: changed}, platform), fleet)
        differing = {name for name, spec in now.items() if spec.code_version != specs[name].code_version}
        assert differing == (set(specs) if stale is None else stale)


class TestChecks:
    def test_of_every_table_in_the_warehouse_its_contract_blocks(
        self, defs: dg.Definitions, fleet: FleetConfig
    ) -> None:
        graph = defs.resolve_asset_graph()
        for name in daily_of(fleet)[1:]:
            spec = graph.get_check_spec(dg.AssetCheckKey(dg.AssetKey([fleet.fleet, name]), "contract"))
            assert spec.blocking
            for rule in tables(fleet)[name].rules:
                assert rule in spec.description

    def test_of_quarantine_blocks_and_names_its_tolerance(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        cleaned = dg.AssetKey([fleet.fleet, "cleaned_sensors"])
        spec = defs.resolve_asset_graph().get_check_spec(dg.AssetCheckKey(cleaned, "quarantine_tolerance"))
        assert spec.blocking
        assert f"{fleet.cleaning.quarantine_tolerance:.0%}" in spec.description

    def test_of_the_evaluation_are_the_gates_that_the_file_asks_for_and_block(
        self, defs: dg.Definitions, fleet: FleetConfig
    ) -> None:
        graph, key = defs.resolve_asset_graph(), dg.AssetKey([fleet.fleet, "evaluation"])
        asked = {name: getattr(fleet.gates, name) for name in GATES}
        found = {check.name: graph.get_check_spec(check) for check in graph.get_check_keys_for_assets({key})}
        assert set(found) == {name for name, bound in asked.items() if bound is not None}
        for name, spec in found.items():
            assert spec.blocking
            assert f"{asked[name]:g}" in spec.description

    def test_of_the_release_block(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        graph, key = defs.resolve_asset_graph(), dg.AssetKey([fleet.fleet, "release"])
        found = {check.name: graph.get_check_spec(check) for check in graph.get_check_keys_for_assets({key})}
        assert set(found) == {"onnx_parity", "hashes", "signature"}
        assert all(spec.blocking for spec in found.values())

    def test_of_unreadable_files_does_not_block_the_others(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        raw = dg.AssetKey([fleet.fleet, "raw_readings"])
        assert not defs.resolve_asset_graph().get_check_spec(dg.AssetCheckKey(raw, "files_readable")).blocking


class TestAutomation:
    def test_has_three_jobs(self, defs: dg.Definitions, fleet: FleetConfig, specs: dict) -> None:
        def assets_of(job: str) -> set[str]:
            graph = defs.resolve_job_def(f"{fleet.fleet}_{job}").asset_layer.asset_graph
            return {key.path[1] for key in graph.executable_asset_keys if key.path[0] == fleet.fleet}

        chosen = {job: assets_of(job) for job in ("daily", "training", "everything")}
        assert chosen["daily"] == set(daily_of(fleet))
        assert chosen["training"] == set(specs) - set(daily_of(fleet))
        assert chosen["everything"] == set(specs)

    def test_has_a_daily_and_a_quarterly_schedule(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        daily = defs.resolve_schedule_def(f"{fleet.fleet}_daily_scoring")
        assert (daily.cron_schedule, daily.execution_timezone) == (fleet.operations.scoring, "UTC")
        assert daily.job_name == f"{fleet.fleet}_daily"
        regular = defs.resolve_schedule_def(f"{fleet.fleet}_regular_retraining")
        assert regular.cron_schedule == fleet.retraining.schedule
        assert regular.job_name == f"{fleet.fleet}_training"
        assert regular.cron_schedule.split()[3] == "1,4,7,10", "once in three months"

    def test_has_sensors_for_files_and_for_drift(self, defs: dg.Definitions, fleet: FleetConfig) -> None:
        files = defs.resolve_sensor_def(f"{fleet.fleet}_raw_files")
        assert [job.name for job in files.jobs] == [f"{fleet.fleet}_daily"]
        drift = defs.resolve_sensor_def(f"{fleet.fleet}_drift")
        assert [job.name for job in drift.jobs] == [f"{fleet.fleet}_training"]
        for sensor in (files, drift):
            assert sensor.minimum_interval_seconds == fleet.operations.watch_every.total_seconds()

    def test_is_off_until_a_person_switches_it_on_and_says_what_it_does(
        self, defs: dg.Definitions, fleet: FleetConfig
    ) -> None:
        schedules = [
            defs.resolve_schedule_def(f"{fleet.fleet}_{name}") for name in ("daily_scoring", "regular_retraining")
        ]
        sensors = [defs.resolve_sensor_def(f"{fleet.fleet}_{name}") for name in ("raw_files", "drift")]
        assert {item.default_status.value for item in (*schedules, *sensors)} == {"STOPPED"}
        assert all(fleet.fleet in (item.description or "") for item in (*schedules, *sensors))
