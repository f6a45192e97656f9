"""What is recorded is on the disk at once and in the database in order, whoever records and whatever is refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from anomaly_assets.errors import EventError, EventRefusedError
from anomaly_assets.events import EventStore, Recorder
from anomaly_assets_tests.crowds import CONTEXT

from .conftest import event
from .faults import SECONDS, Hasty, arrivals, numbered


def test_what_is_recorded_arrives_in_order_and_leaves_the_queue(url: str, tmp_path: Path) -> None:
    with Hasty(url, tmp_path) as recorder:
        for first in range(0, 100, 5):
            recorder.record([numbered("one", number) for number in range(first, first + 5)])
        assert recorder.flush(SECONDS)
        assert (recorder.delivered, recorder.waiting, recorder.refused, recorder.trouble) == (100, 0, 0, None)
    assert arrivals(url) == {"one": list(range(100))}


def test_what_an_earlier_run_left_is_delivered_first(url: str, tmp_path: Path) -> None:
    earlier = Hasty(url, tmp_path)
    earlier.record([numbered("earlier", 0)])
    earlier.close()
    with Hasty(url, tmp_path) as recorder:
        assert recorder.waiting == 1
        recorder.record([numbered("later", 0)])
        assert recorder.flush(SECONDS)
    assert list(arrivals(url)) == ["earlier", "later"]


def test_closing_delivers_what_waits_when_the_database_is_there(url: str, tmp_path: Path) -> None:
    recorder = Hasty(url, tmp_path).start()
    recorder.record([numbered("one", number) for number in range(200)])
    recorder.close(SECONDS)
    assert arrivals(url) == {"one": list(range(200))}
    with pytest.raises(EventError, match="closed"):
        recorder.record([event()])


def test_a_replay_is_delivered_and_adds_nothing(url: str, tmp_path: Path) -> None:
    replayed = [numbered("one", number) for number in range(50)]
    with Hasty(url, tmp_path) as recorder:
        for _ in range(3):
            recorder.record(replayed)
        assert recorder.flush(SECONDS)
        assert recorder.delivered == 150
    assert arrivals(url) == {"one": list(range(50))}


def test_threads_that_record_at_once_keep_their_orders(sqlite: str, tmp_path: Path) -> None:
    with Hasty(sqlite, tmp_path) as recorder, ThreadPoolExecutor(8) as together:
        names = [f"thread {n}" for n in range(8)]
        list(together.map(lambda name: [recorder.record([numbered(name, n)]) for n in range(50)], names))
        assert recorder.flush(SECONDS)
    assert arrivals(sqlite) == {name: list(range(50)) for name in names}


def _record(url: str, folder: Path, name: str) -> None:
    with Hasty(url, folder) as recorder:
        for number in range(50):
            recorder.record([numbered(name, number)])


def test_processes_share_one_queue_and_keep_their_orders(url: str, tmp_path: Path) -> None:
    names = [f"process {n}" for n in range(3)]
    crowd = [CONTEXT.Process(target=_record, args=(url, tmp_path, name)) for name in names]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    with Hasty(url, tmp_path) as recorder:
        assert recorder.flush(SECONDS)
    assert arrivals(url) == {name: list(range(50)) for name in names}


def test_only_one_process_delivers_at_a_time(sqlite: str, tmp_path: Path) -> None:
    recorder = Hasty(sqlite, tmp_path)
    recorder.record([event()])
    with Recorder(sqlite, tmp_path).queue.turn_to_deliver() as mine:
        assert mine
        assert not recorder.start().flush(0.3)
    assert recorder.flush(SECONDS)
    recorder.close()


def test_the_turn_of_a_process_that_is_killed_is_free(sqlite: str, tmp_path: Path) -> None:
    taken = CONTEXT.Event()
    owner = CONTEXT.Process(target=_keep_the_turn, args=(tmp_path, taken))
    owner.start()
    assert taken.wait(SECONDS)
    with Hasty(sqlite, tmp_path) as recorder:
        recorder.record([event()])
        assert not recorder.flush(0.3)
        owner.kill()
        owner.join()
        assert recorder.flush(SECONDS)


def _keep_the_turn(folder: Path, taken: object) -> None:
    with Recorder("sqlite:////nowhere", folder).queue.turn_to_deliver() as mine:
        if mine:
            taken.set()  # type: ignore[attr-defined]
            CONTEXT.Event().wait(SECONDS)


BAD = (0, 7, 8, 19, 20, 39)


@pytest.mark.parametrize(
    "rule",
    [
        "ALTER TABLE anomaly_events ADD CHECK (confidence < 1)",
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN IF NEW.confidence = 1 THEN RAISE 'not today'; END IF; RETURN NEW; END$$; "
        "CREATE TRIGGER no BEFORE INSERT ON anomaly_events FOR EACH ROW EXECUTE FUNCTION no()",
        "ALTER TABLE anomaly_events ALTER confidence TYPE numeric(4, 4)",
    ],
    ids=["constraint", "trigger", "overflow"],
)
def test_what_the_database_refuses_is_set_aside_and_holds_nobody_up(postgres: str, tmp_path: Path, rule: str) -> None:
    EventStore(postgres).migrate()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(rule)  # type: ignore[arg-type]
    with Hasty(postgres, tmp_path) as recorder:
        recorder.record([event(n, sensor_id="one", confidence=1.0 if n in BAD else 0.5) for n in range(40)])
        assert recorder.flush(SECONDS)
        assert (recorder.waiting, recorder.refused, recorder.delivered) == (0, len(BAD), 40 - len(BAD))
        assert recorder.trouble is None
        refusals = recorder.queue.refusals(10)
        assert refusals["detected_at"].to_list() == [event(n).detected_at for n in reversed(BAD)]
        assert all("refuses a row" in reason for reason in refusals["reason"])
    assert arrivals(postgres) == {"one": [n for n in range(40) if n not in BAD]}


def test_what_was_set_aside_can_be_lined_up_again(postgres: str, tmp_path: Path) -> None:
    EventStore(postgres).migrate()
    with psycopg.connect(postgres, autocommit=True) as connection, Hasty(postgres, tmp_path) as recorder:
        connection.execute("ALTER TABLE anomaly_events ADD CONSTRAINT strict CHECK (confidence < 1)")
        recorder.record([event(n, sensor_id="one", confidence=1) for n in range(3)])
        assert recorder.flush(SECONDS)
        assert recorder.refused == 3
        connection.execute("ALTER TABLE anomaly_events DROP CONSTRAINT strict")
        assert recorder.queue.again() == 3
        assert recorder.flush(SECONDS)
        assert recorder.refused == 0
    assert arrivals(postgres) == {"one": [0, 1, 2]}


@pytest.mark.parametrize("wrong", ["x" * 65, "pond\0", ""], ids=["long", "nul", "empty"])
def test_what_is_no_event_in_the_queue_is_set_aside(url: str, tmp_path: Path, wrong: str) -> None:
    recorder = Hasty(url, tmp_path / "queue")
    recorder.record([numbered("one", number) for number in range(3)])
    with closing(sqlite3.connect(tmp_path / "queue" / "queue.sqlite", isolation_level=None)) as somebody_else:
        somebody_else.execute("UPDATE waiting SET sensor_id = ? WHERE place = 2", (wrong,))
    with recorder:
        assert recorder.flush(SECONDS)
        assert (recorder.refused, recorder.delivered) == (1, 2)
        assert "sensor_id" in recorder.queue.refusals(1)["reason"][0]
    assert arrivals(url) == {"one": [0, 2]}


def test_a_batch_with_something_else_in_it_is_not_recorded(sqlite: str, tmp_path: Path) -> None:
    with Hasty(sqlite, tmp_path) as recorder:
        with pytest.raises(EventRefusedError, match="only events can be recorded"):
            recorder.record([event(0), {"sensor_id": "pond"}])  # type: ignore[list-item]
        recorder.record([])
        assert recorder.waiting == 0


def test_a_recorder_that_did_not_start_keeps_and_does_not_deliver(sqlite: str, tmp_path: Path) -> None:
    recorder = Hasty(sqlite, tmp_path)
    recorder.record([event(0), event(1)])
    assert (recorder.waiting, recorder.flush(0.05)) == (2, False)
    recorder.close()
