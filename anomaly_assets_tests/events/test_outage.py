"""The database goes away and comes back: nothing is lost, nobody waits, and what is wrong is told."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from anomaly_assets.events import EventStore, Recorder
from anomaly_assets_tests.services import ask_postgres, named_database, postgres_url

from .conftest import event
from .faults import SECONDS, Findings, Forgetful, Hasty, arrivals, judge, numbered
from .proxy import Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    parts = urlsplit(postgres_url())
    proxy = Proxy((parts.hostname or "127.0.0.1", parts.port or 5432))
    yield proxy
    proxy.shut()


def through(proxy: Proxy, url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def record_through_outages(recorder: Recorder, proxy: Proxy, url: str, outages: int = 3, writers: int = 4) -> Findings:
    """Let threads record while the road to the database is shut and opened again; then deliver the rest."""
    ending, counts = threading.Event(), [0] * writers

    def record(writer: int) -> None:
        while not ending.is_set():
            recorder.record([numbered(f"writer {writer}", counts[writer])])
            counts[writer] += 1
            time.sleep(0.001)

    threads = [threading.Thread(target=record, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for _ in range(outages):
        before = recorder.delivered
        until(lambda: recorder.delivered > before + 20)  # noqa: B023
        proxy.shut()
        until(lambda: recorder.trouble)
        waiting = recorder.waiting
        until(lambda: recorder.waiting >= waiting + 20 or isinstance(recorder, Forgetful))  # noqa: B023
        proxy.reopen()
    ending.set()
    for thread in threads:
        thread.join()
    assert recorder.flush(SECONDS), recorder.trouble
    return judge(url, {f"writer {n}": list(range(count)) for n, count in enumerate(counts)}, Findings())


@pytest.mark.slow
def test_outages_lose_no_event_and_keep_the_order(postgres: str, proxy: Proxy, tmp_path: Path) -> None:
    with Hasty(through(proxy, postgres), tmp_path) as recorder:
        findings = record_through_outages(recorder, proxy, postgres)
        assert not findings.violations, findings.examples
        assert findings.found == findings.acknowledged == recorder.delivered > 100
        until(lambda: recorder.trouble is None)
        assert recorder.waiting == recorder.refused == 0


@pytest.mark.slow
def test_a_recorder_that_forgets_before_the_commit_is_caught(postgres: str, proxy: Proxy, tmp_path: Path) -> None:
    with Forgetful(through(proxy, postgres), tmp_path) as recorder:
        assert record_through_outages(recorder, proxy, postgres, outages=1).violations["lost"]


def test_while_the_database_is_away_events_wait_and_it_is_told(postgres: str, proxy: Proxy, tmp_path: Path) -> None:
    proxy.shut()
    with Hasty(through(proxy, postgres), tmp_path) as recorder:
        recorder.record([event(0)])
        until(lambda: recorder.trouble)
        assert f"127.0.0.1:{proxy.port}" in str(recorder.trouble) and "does not answer" in str(recorder.trouble)
        assert not recorder.flush(0.1)
        assert (recorder.waiting, recorder.delivered) == (1, 0)
        assert Hasty(postgres, tmp_path).trouble == recorder.trouble  # another process hears of it, too
        proxy.reopen()
        assert recorder.flush(SECONDS)
        until(lambda: recorder.trouble is None)


def test_a_database_that_answers_nothing_holds_nobody_up(postgres: str, proxy: Proxy, tmp_path: Path) -> None:
    store = EventStore(through(proxy, postgres), patience=0.05)
    with Recorder(store, tmp_path, linger=0, look_every=0.05) as recorder:
        recorder.record([event(0)])
        assert recorder.flush(SECONDS)
        proxy.fall_silent()
        recorder.record([event(1)])
        until(lambda: "has not answered for" in str(recorder.trouble))
        for number in range(2, 50):
            recorder.record([event(number)])
        assert recorder.waiting == 49
        proxy.speak_again()
        assert recorder.flush(SECONDS)
    assert sum(map(len, arrivals(postgres).values())) == 50


def test_closing_does_not_wait_for_a_database_without_an_answer(postgres: str, proxy: Proxy, tmp_path: Path) -> None:
    proxy.fall_silent()
    recorder = Hasty(through(proxy, postgres), tmp_path).start()
    recorder.record([event(0)])
    recorder.close(timeout=0.2)
    with Hasty(postgres, tmp_path) as next_one:
        proxy.shut()
        assert next_one.flush(SECONDS)
    assert arrivals(postgres) == {"pond 0": [0]}


def test_a_password_is_in_no_log_and_in_no_trouble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), Hasty("postgresql://me:open-sesame@127.0.0.1:1/events", tmp_path) as recorder:
        recorder.record([event(0)])
        until(lambda: recorder.trouble)
        assert "open-sesame" not in str(recorder.trouble)
    assert "Events wait on the disk" in caplog.text and "me:***@127.0.0.1:1" in caplog.text
    assert "open-sesame" not in caplog.text
    assert b"open-sesame" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_database_that_is_made_later_gets_everything(tmp_path: Path) -> None:
    postgres_url()
    name = f"anomaly_test_{secrets.token_hex(6)}"
    with Hasty(named_database(name), tmp_path) as recorder:
        recorder.record([numbered("early", number) for number in range(50)])
        until(lambda: f'database "{name}" does not exist' in str(recorder.trouble))
        ask_postgres(f"CREATE DATABASE {name}")
        try:
            assert recorder.flush(SECONDS)
            assert arrivals(named_database(name)) == {"early": list(range(50))}
        finally:
            recorder.close()
            ask_postgres(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_table_that_somebody_drops_is_missed_and_nothing_is_lost(postgres: str, tmp_path: Path) -> None:
    with Hasty(postgres, tmp_path) as recorder:
        recorder.record([event(0)])
        assert recorder.flush(SECONDS)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("ALTER TABLE anomaly_events RENAME TO aside")
            recorder.record([event(1)])
            until(lambda: "anomaly_events" in str(recorder.trouble))
            assert (recorder.waiting, recorder.refused) == (1, 0)
            connection.execute("ALTER TABLE aside RENAME TO anomaly_events")
        assert recorder.flush(SECONDS)


def test_a_backend_that_is_killed_under_a_connection_is_replaced(postgres: str, tmp_path: Path) -> None:
    with Hasty(postgres, tmp_path) as recorder:
        for number in range(3):
            recorder.record([event(number)])
            assert recorder.flush(SECONDS)
            with psycopg.connect(postgres, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
    assert sum(map(len, arrivals(postgres).values())) == 3
