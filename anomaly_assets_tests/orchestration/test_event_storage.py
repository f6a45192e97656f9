"""The event log written in batches holds what Dagster's own would hold, in files that Dagster's own can read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from anomaly_assets.orchestration.event_storage import BatchedSqliteEventLogStorage
from anomaly_assets_tests.pipelines.plant import TABLES

from .conftest import Installation

DAILY = ("raw_readings", *TABLES)
RUN = 8
"""Days in the first run; the second does two of them again."""


@pytest.fixture(scope="module")
def both(
    original: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterInstance]]:
    """Two instances that have seen the same runs: the shipped one, and one with Dagster's own event log."""
    instances = []
    for shipped in (True, False):
        here = Installation(original.plant.copied(tmp_path_factory.mktemp("log") / "copy"))
        settings = here.plant.root / "configs" / "dagster.yaml"
        document = yaml.safe_load(settings.read_text())
        if not shipped:
            del document["event_log_storage"]
        settings.write_text(yaml.safe_dump(document))
        here.plant.home.joinpath("dagster").rename(here.plant.root / "before")
        here.plant.file(4).write_bytes(b"")
        assert here.run("daily", 0, RUN).success
        assert here.run("daily", 3, 5).success
        instances.append(here.instance())
    yield instances[0], instances[1]
    for instance in instances:
        instance.dispose()


def logged(instance: dg.DagsterInstance) -> list[list[tuple[str, ...]]]:
    """Kind, step and asset of every event of every run, oldest run first."""
    runs = reversed(instance.get_runs())
    return [
        [
            (str(entry.dagster_event_type), str(entry.step_key), str(entry.get_dagster_event().asset_key))
            for entry in instance.all_logs(run.run_id)
            if entry.is_dagster_event
        ]
        for run in runs
    ]


def materialised(instance: dg.DagsterInstance, name: str) -> list[tuple[str | None, dict[str, Any]]]:
    """Day and metadata of every materialisation of an asset, newest first."""
    found = instance.fetch_materializations(dg.AssetKey(["ponds", name]), limit=100).records
    told = [record.asset_materialization for record in found]
    return [(made.partition, {key: value.value for key, value in made.metadata.items()}) for made in told if made]


def test_the_shipped_settings_use_it(both: tuple, original: Installation) -> None:
    batched, own = both
    assert type(batched.event_log_storage) is BatchedSqliteEventLogStorage
    assert type(own.event_log_storage) is SqliteEventLogStorage
    assert Path(original.plant.home / "dagster" / "events" / "index.db").is_file()


@pytest.mark.parametrize("name", DAILY)
def test_the_same_days_are_materialised(both: tuple, name: str) -> None:
    batched, own = (instance.get_materialized_partitions(dg.AssetKey(["ponds", name])) for instance in both)
    assert batched == own
    assert len(batched) == RUN


@pytest.mark.parametrize("name", DAILY)
def test_the_same_materialisations_are_told_in_the_same_order(both: tuple, name: str) -> None:
    batched, own = (materialised(instance, name) for instance in both)
    assert [partition for partition, _ in batched] == [partition for partition, _ in own]
    for (_, one), (_, other) in zip(batched, own, strict=True):
        assert one.keys() == other.keys()
        assert one.get("dagster/partition_row_count") == other.get("dagster/partition_row_count")


@pytest.mark.parametrize("name", DAILY)
def test_the_latest_materialisation_is_the_same(both: tuple, name: str) -> None:
    key = dg.AssetKey(["ponds", name])
    latest = [instance.get_latest_materialization_event(key).asset_materialization for instance in both]
    assert latest[0].partition == latest[1].partition
    assert latest[0].metadata.keys() == latest[1].metadata.keys()
    for instance in both:
        entry = instance.get_asset_records([key])[0].asset_entry
        assert entry.last_run_id == instance.get_runs()[0].run_id
        assert entry.last_materialization.asset_materialization.partition == latest[0].partition


def test_the_same_checks_are_recorded(both: tuple) -> None:
    for asset, name in (("raw_readings", "files_readable"), ("scores", "contract"), ("cleaned_sensors", "contract")):
        key = dg.AssetCheckKey(dg.AssetKey(["ponds", asset]), name)
        batched, own = (
            [
                (record.status, record.partition)
                for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=200)
            ]
            for instance in both
        )
        assert batched == own
    assert batched[0][0].value == "SUCCEEDED"


def test_the_logs_of_the_runs_tell_the_same_events(both: tuple) -> None:
    batched, own = (logged(instance) for instance in both)
    assert [sorted(run) for run in batched] == [sorted(run) for run in own]
    assert len(batched) == 2


def test_materialisations_are_tagged_with_their_days(both: tuple) -> None:
    key = dg.AssetKey(["ponds", "scores"])
    batched, own = (
        {
            record.partition_key: instance.event_log_storage.get_event_tags_for_asset(
                key, filter_event_id=record.storage_id
            )
            for record in instance.fetch_materializations(key, limit=100).records
        }
        for instance in both
    )
    assert batched.keys() == own.keys()
    assert [sorted(tags) for tags in batched.values() for tags in tags] == [
        sorted(tags) for tags in own.values() for tags in tags
    ]


def test_dagsters_own_class_reads_its_files(both: tuple) -> None:
    batched, _ = both
    storage = SqliteEventLogStorage(str(Path(batched.root_directory) / "events"))
    key = dg.AssetKey(["ponds", "scores"])
    assert len(storage.get_materialized_partitions(key)) == RUN
    run = batched.get_runs()[0].run_id
    ours = [entry.to_dict() if hasattr(entry, "to_dict") else str(entry) for entry in batched.all_logs(run)]
    assert len(storage.get_logs_for_run(run)) == len(ours) > 0
    storage.dispose()


def test_it_reads_files_that_dagsters_own_class_wrote(both: tuple, tmp_path: Path) -> None:
    _, own = both
    (tmp_path / "events").symlink_to(own.event_log_storage._base_dir)
    storage = BatchedSqliteEventLogStorage(str(tmp_path))
    assert len(storage.get_materialized_partitions(dg.AssetKey(["ponds", "scores"]))) == RUN
    run = own.get_runs()[0].run_id
    assert len(storage.get_logs_for_run(run)) == len(own.all_logs(run)) > 0
    storage.dispose()


def test_more_runs_than_connections_are_kept_apart(tmp_path: Path) -> None:
    """Connections of runs are closed when there are too many of them; nothing of a run may be lost by it."""

    @dg.asset
    def thing() -> None: ...

    settings = {
        "event_log_storage": {
            "module": "anomaly_assets.orchestration.event_storage",
            "class": "BatchedSqliteEventLogStorage",
            "config": {"base_dir": str(tmp_path / "log")},
        }
    }
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides=settings) as instance:
        runs = [dg.materialize([thing], instance=instance).run_id for _ in range(10)]
        counts = {len(instance.all_logs(run)) for run in runs}
        assert len(counts) == 1 and counts.pop() > 5
        assert len(instance.fetch_materializations(thing.key, limit=50).records) == 10
