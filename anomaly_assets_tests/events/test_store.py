"""SQLite and PostgreSQL keep the same events in the same way, once each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from anomaly_assets.errors import ConfigError, EventError, EventRefusedError, EventsAwayError
from anomaly_assets.events import Event, EventStore
from anomaly_assets_tests.services import fresh_database

from .conftest import BEGINNING, event

MANY = [event(number) for number in range(300)]


def attributes(store: EventStore, **wanted: object) -> list[Event]:
    frame = store.events(limit=None, **wanted)  # type: ignore[arg-type]
    return [Event(**row) for row in frame.drop("created_at").iter_rows(named=True)]


def test_what_comes_back_is_what_went_in_latest_first(store: EventStore) -> None:
    strange = event(300, sensor_id="é\t\\N,\"'\n%s", anomaly_score=-1e300, confidence=1e-300, is_anomaly=False)
    assert store.insert([*MANY, strange]) == 301
    assert attributes(store) == [strange, *reversed(MANY)]
    assert store.events(limit=5).height == 5


def test_microseconds_survive(store: EventStore) -> None:
    moments = [datetime(y, 12, 31, 23, 59, 59, us, tzinfo=UTC) for y in (1, 1969, 9999) for us in (1, 999_999)]
    store.insert([event(detected_at=moment) for moment in moments])
    assert sorted(attributes(store), key=lambda made: made.detected_at) == [event(detected_at=m) for m in moments]


def test_a_replay_adds_nothing_and_draws_no_id(store: EventStore) -> None:
    assert store.insert(MANY) == 300
    assert [store.insert(MANY) for _ in range(3)] == [0, 0, 0]
    assert store.insert([*MANY, *[event(300)] * 2]) == 1
    assert attributes(store)[0] == event(300)
    with store._transaction(writing=False) as connection:
        assert connection.exec_driver_sql("SELECT max(id) FROM anomaly_events").scalar() <= 302


@pytest.mark.parametrize(
    "other",
    [
        {"fleet": "lakes"},
        {"sensor_id": "pond 9"},
        {"model_version": "deviation_v4"},
        {"detected_at": BEGINNING + timedelta(microseconds=1)},
    ],
)
def test_another_fleet_unit_moment_or_version_is_another_event(store: EventStore, other: dict[str, object]) -> None:
    assert store.insert([event(), event(**other)]) == 2


def test_the_same_window_scored_again_keeps_its_first_score(store: EventStore) -> None:
    store.insert([event()])
    assert store.insert([event(anomaly_score=99)]) == 0
    assert attributes(store) == [event()]


def test_events_are_found_by_fleet_unit_and_time(store: EventStore) -> None:
    store.insert([*MANY, event(3, fleet="lakes")])
    assert attributes(store, fleet="lakes") == [event(3, fleet="lakes")]
    assert {made.sensor_id for made in attributes(store, sensor_id="pond 5")} == {"pond 5"}
    start, end = MANY[10].detected_at, MANY[12].detected_at
    assert attributes(store, start=start, end=end) == [MANY[11], MANY[10]]
    assert attributes(store, fleet="seas") == []
    with pytest.raises(EventRefusedError, match="start is no moment with a time zone"):
        store.events(start=datetime(2025, 1, 1))


def test_a_batch_goes_in_whole_or_not_at_all(postgres: str) -> None:
    store = EventStore(postgres)
    store.migrate()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("ALTER TABLE anomaly_events ADD CHECK (anomaly_score < 40)")
    with pytest.raises(EventRefusedError, match="refuses a row"):
        store.insert(MANY)
    assert store.events().is_empty()
    assert store.insert(MANY[:200]) == 200
    store.close()


def test_the_first_acknowledgement_counts(store: EventStore) -> None:
    assert store.acknowledge("ponds-1", BEGINNING, "Ada", "pump replaced")
    assert not store.acknowledge("ponds-1", BEGINNING + timedelta(days=1), "Bob", "so what")
    assert store.acknowledge("ponds-2", BEGINNING + timedelta(days=2), "Bob")
    assert store.acknowledgements().rows() == [
        ("ponds-1", BEGINNING, "Ada", "pump replaced"),
        ("ponds-2", BEGINNING + timedelta(days=2), "Bob", ""),
    ]
    with pytest.raises(EventRefusedError, match="by is no text"):
        store.acknowledge("ponds-3", BEGINNING, "")


def test_a_channel_is_told_once_of_each_state(store: EventStore) -> None:
    assert store.note_told("ponds-1", "mail", "open", BEGINNING)
    assert not store.note_told("ponds-1", "mail", "open", BEGINNING + timedelta(days=1))
    assert store.note_told("ponds-1", "mail", "resolved", BEGINNING)
    assert store.note_told("ponds-1", "webhook", "open", BEGINNING)
    assert store.told("webhook").rows() == [("ponds-1", "webhook", "open", BEGINNING)]
    assert store.told().height == 3
    assert store.told(incident_id="ponds-2").is_empty()


def test_a_database_that_does_not_know_letters_keeps_them() -> None:
    with fresh_database("ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'") as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 'e'::text").fetchone() == (b"e",), "told nothing, it says bytes"
        store = EventStore(url)
        assert (store.migrate(), store.migrate()) == (None, "0002")
        strange = event(sensor_id="Becken é 水")
        assert store.insert([strange, strange]) == 1
        assert store.acknowledge("ponds-1", BEGINNING, "Zoë")
        assert attributes(store, sensor_id=strange.sensor_id) == [strange]
        assert store.acknowledgements()["acknowledged_by"].to_list() == ["Zoë"]
        store.close()


WRONG_URLS = [
    "events.sqlite",
    "sqlite://",
    "sqlite:///",
    "mysql://root:hush@127.0.0.1/test",
    "postgresql://me:hush@host:port/db",
    "postgresql+asyncpg://me:hush@host/db",
    "",
]


@pytest.mark.parametrize("wrong", WRONG_URLS)
def test_a_url_of_no_such_database_is_told_without_its_password(wrong: str) -> None:
    with pytest.raises(ConfigError, match="ANOMALY_EVENTS_URL") as refused:
        EventStore(wrong)
    assert "hush" not in str(refused.value)


SECRET = "s3cret/%@:#?"
WRITTEN = "s3cret%2F%25%40%3A%23%3F"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{WRITTEN}@127.0.0.1:1/nowhere",
        f"postgresql://me@127.0.0.1:1/nowhere?password={WRITTEN}&application_name=x",
    ],
)
def test_a_password_is_never_told(url: str) -> None:
    store = EventStore(url, patience=1)
    with pytest.raises(EventsAwayError, match="does not answer") as away:
        store.insert(MANY)
    for told in (str(away.value), repr(store), str(store.address), repr(store.address)):
        assert SECRET not in told and WRITTEN not in told
        assert "***" in told and "me" in told and "127.0.0.1" in told
    assert away.value.__cause__ is None and away.value.__suppress_context__
    assert store.address.url.password in (SECRET, None)


def test_a_password_in_what_the_database_says_is_taken_out() -> None:
    address = EventStore(f"postgresql://me:{WRITTEN}@127.0.0.1/x").address
    assert address.scrub(f"no entry for password={SECRET}") == "no entry for password=***"


def test_a_database_that_is_not_there_is_away(postgres: str) -> None:
    with pytest.raises(EventsAwayError, match="does not exist"):
        EventStore(postgres + "_not").events()


def test_a_user_who_may_not_read_is_told_so(postgres: str) -> None:
    EventStore(postgres).migrate()
    with psycopg.connect(postgres, autocommit=True) as connection:
        role = connection.info.dbname
        connection.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
        try:
            with pytest.raises(EventError, match="permission denied"):
                EventStore(postgres.replace("postgres@", f"{role}@")).events()
        finally:
            connection.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but somebody's notes" * 100)
    with pytest.raises(EventsAwayError, match="file is not a database"):
        EventStore(f"sqlite:///{tmp_path / 'notes.txt'}").insert(MANY)
    assert (tmp_path / "notes.txt").read_text().startswith("not a database")


@pytest.mark.parametrize("name", ["a ü%20?x=1#y", "per%cent"])
def test_any_folder_can_hold_the_file(tmp_path: Path, name: str) -> None:
    store = EventStore(f"sqlite:///{tmp_path / name / 'events.sqlite'}")
    assert store.insert(MANY) == 300
    assert (tmp_path / name / "events.sqlite").is_file()
    store.close()


def test_a_commit_to_a_file_is_on_the_disk(sqlite: str) -> None:
    store = EventStore(sqlite)
    with store._transaction(writing=True) as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    store.close()
