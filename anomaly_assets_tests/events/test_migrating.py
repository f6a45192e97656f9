"""Tables come from migrations alone: from nothing, again, back, and by many processes at once."""

import importlib.resources
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from anomaly_assets.errors import EventError
from anomaly_assets.events import EventStore
from anomaly_assets.events.migrations.env import VERSION_TABLE
from anomaly_assets.events.tables import METADATA

from .conftest import event

OURS = {*METADATA.tables, VERSION_TABLE}


def look(store: EventStore, at: Callable[[sa.Connection], object]) -> object:
    with store._engine.connect() as connection:
        return at(connection)


def table_names(store: EventStore) -> set[str]:
    return set(look(store, lambda connection: sa.inspect(connection).get_table_names()))  # type: ignore[call-overload]


def differences(connection: sa.Connection) -> list[object]:
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)


def test_the_migrated_tables_are_those_that_the_code_means(store: EventStore) -> None:
    store.migrate()
    assert look(store, differences) == []


def test_a_missing_index_and_another_length_would_be_seen(postgres: str) -> None:
    store = EventStore(postgres)
    store.migrate()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP INDEX idx_anomaly_events_sensor_id")
        connection.execute("ALTER TABLE anomaly_events ALTER sensor_id TYPE varchar(63)")
    assert len(look(store, differences)) == 2  # type: ignore[arg-type]
    store.close()


SEED = {
    "id": ("integer", None, "NO"),
    "sensor_id": ("character varying", 64, "NO"),
    "detected_at": ("timestamp with time zone", None, "NO"),
    "anomaly_score": ("double precision", None, "NO"),
    "is_anomaly": ("boolean", None, "NO"),
    "confidence": ("double precision", None, "NO"),
    "model_version": ("character varying", 128, "NO"),
    "created_at": ("timestamp with time zone", None, "YES"),
}
"""What the table was asked to be."""


def test_the_table_of_events_is_what_was_asked_for_and_a_fleet(postgres: str) -> None:
    store = EventStore(postgres)
    store.migrate()
    query = """SELECT column_name, data_type, character_maximum_length, is_nullable FROM information_schema.columns
               WHERE table_name = 'anomaly_events' ORDER BY ordinal_position"""
    with psycopg.connect(postgres) as connection:
        columns = {name: told for name, *told in connection.execute(query)}
        indexes = {name for (name,) in connection.execute("SELECT indexname FROM pg_indexes")}
    assert {name: tuple(told) for name, told in columns.items()} == SEED | {"fleet": ("character varying", 64, "NO")}
    assert {"idx_anomaly_events_sensor_id", "idx_anomaly_events_detected_at"} <= indexes
    store.close()


def test_migrating_again_changes_nothing(store: EventStore) -> None:
    assert store.migrate() is None
    store.insert([event()])
    assert (store.migrate(), store.migrate()) == ("0002", "0002")
    assert store.events().height == 1


def test_from_any_revision_up_and_back_down(store: EventStore) -> None:
    store.migrate("0001")
    assert table_names(store) == {"anomaly_events", VERSION_TABLE}
    store.insert([event()])
    assert table_names(store) == OURS
    store.downgrade("0001")
    assert table_names(store) == {"anomaly_events", VERSION_TABLE}
    assert store.events().height == 1
    store.downgrade()
    assert table_names(store) == {VERSION_TABLE}
    assert store.insert([event()]) == 1


def test_a_migration_that_breaks_off_leaves_nothing_half_done(store: EventStore) -> None:
    store.migrate()
    store.downgrade()
    with store._engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE incident_notifications (somebody_elses integer)")
    with pytest.raises(EventError, match="incident_notifications"):
        store.migrate()
    assert table_names(store) == {"incident_notifications", VERSION_TABLE}


def test_who_may_not_make_tables_may_use_those_that_are_there(postgres: str) -> None:
    EventStore(postgres).migrate()
    with psycopg.connect(postgres, autocommit=True) as connection:
        role = connection.info.dbname
        connection.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
        try:
            connection.execute(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
            connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
            store = EventStore(postgres.replace("postgres@", f"{role}@"))
            assert store.insert([event()]) == 1
            store.close()
        finally:
            connection.execute(f"DROP OWNED BY {role}")  # type: ignore[arg-type]
            connection.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


def test_what_a_newer_version_made_is_left_alone(store: EventStore, url: str) -> None:
    store.migrate()
    with store._transaction(writing=True) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(EventError, match=r"newer version.*Found: revision 9999.*at most 0002"):
        EventStore(url).events()


def test_a_revision_that_is_none_is_told(store: EventStore) -> None:
    for move in (store.migrate, store.downgrade):
        with pytest.raises(EventError, match="no such revision"):
            move("12345")


AT_ONCE = (
    "import sys; from anomaly_assets.events import EventStore; sys.stdin.read(1); EventStore(sys.argv[1]).migrate()"
)


def test_processes_that_migrate_at_once_do_each_other_no_harm(url: str) -> None:
    crowd = [
        subprocess.Popen([sys.executable, "-c", AT_ONCE, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    with ThreadPoolExecutor(len(crowd)) as together:
        ended = list(together.map(lambda one: (one.communicate(b"!")[1], one.returncode), crowd))
    assert ended == [(b"", 0)] * len(crowd)
    assert EventStore(url).insert([event()]) == 1


def test_threads_that_migrate_at_once_do_each_other_no_harm(url: str) -> None:
    stores = [EventStore(url) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as together:
        assert sorted(together.map(lambda store: store.insert([event()]), stores)) == [0, 0, 0, 1]
    for store in stores:
        store.close()


def test_the_revisions_are_part_of_the_package() -> None:
    folder = importlib.resources.files("anomaly_assets.events.migrations.versions")
    revisions = sorted(one.name for one in folder.iterdir() if one.name.startswith("r0"))
    assert revisions == sorted(path.name for path in Path(str(folder)).glob("r*.py")) and len(revisions) == 2
