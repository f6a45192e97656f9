"""The line on the disk: durable, in order, whole batches, and a sentence when the disk does not take it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from anomaly_assets.errors import EventError
from anomaly_assets.events.queue import DiskQueue
from anomaly_assets.events.together import Together

from .conftest import event


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[DiskQueue]:
    with closing(DiskQueue(tmp_path / "a folder")) as queue:
        yield queue


def test_what_waits_is_what_was_put_in_its_order(queue: DiskQueue) -> None:
    events = [event(n, anomaly_score=1 / 3 + n, is_anomaly=n % 2 == 0) for n in range(20)]
    queue.put(events[:15])
    queue.put(events[15:])
    assert [one.event() for one in queue.first(100)] == events
    assert [one.event() for one in queue.first(3)] == events[:3]
    assert (queue.waiting(), queue.waiting(until=5), queue.last_place()) == (20, 5, 20)


def test_what_is_on_the_disk_when_put_returns_is_there_for_the_next_process(queue: DiskQueue) -> None:
    queue.put([event(0)])
    with queue._entrance.reading() as connection:
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]  # a commit waits for the disk
    with closing(DiskQueue(queue.folder)) as other:
        assert [one.event() for one in other.first(9)] == [event(0)]


def test_a_place_is_never_given_twice(queue: DiskQueue) -> None:
    queue.put([event(0), event(1)])
    queue.remove(queue.first(2))
    queue.close()
    queue.put([event(2)])
    assert [one.place for one in queue.first(9)] == [3]


def test_removing_takes_what_was_named_and_nothing_else(queue: DiskQueue) -> None:
    queue.put([event(n) for n in range(5)])
    first = queue.first(5)
    queue.remove([first[0], first[2]])
    assert [one.event() for one in queue.first(9)] == [event(1), event(3), event(4)]


def test_the_oldest_tells_since_when_events_wait(queue: DiskQueue) -> None:
    assert queue.oldest() is None
    queue.put([event(0)])
    since = queue.oldest()
    queue.put([event(1)])
    assert queue.oldest() == since


def test_a_full_disk_refuses_the_whole_batch_in_a_sentence(queue: DiskQueue) -> None:
    queue.put([event(0)])
    with queue._entrance.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(EventError, match=r"queue of events in .* can't be used. Found: database or disk is full"):
        queue.put([event(n) for n in range(1, 1000)])
    assert queue.waiting() == 1
    with queue._entrance.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    queue.put([event(n) for n in range(1, 1000)])
    assert queue.waiting() == 1000


def test_a_file_that_is_no_queue_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_text("somebody's notes " * 1000)
    with pytest.raises(EventError, match="file is not a database"):
        DiskQueue(tmp_path).put([event()])
    assert (tmp_path / "queue.sqlite").read_text().startswith("somebody's notes")


def test_a_queue_of_a_newer_version_is_left_alone(queue: DiskQueue) -> None:
    queue.put([event()])
    with closing(sqlite3.connect(queue.folder / "queue.sqlite")) as newer:
        newer.execute("PRAGMA user_version = 2")
    with closing(DiskQueue(queue.folder)) as older, pytest.raises(EventError, match="newer version"):
        older.put([event()])


class Slow:
    """Writes when it is let; what stands in line meanwhile can be counted."""

    def __init__(self) -> None:
        self.begun, self.let = threading.Event(), threading.Event()
        self.written: list[list[int]] = []

    def __call__(self, rows: list[int]) -> None:
        self.begun.set()
        assert self.let.wait(60)
        self.written.append(rows)
        if 13 in rows:
            raise EventError("the disk is full", found="no room")
        if 14 in rows:
            raise KeyboardInterrupt


def put_together(slow: Slow, first: int, others: list[int]) -> dict[int, str | None]:
    """Put one row, the others while it is being written; what each of them heard."""
    together, heard = Together(slow), dict[int, str | None]()

    def put(row: int) -> None:
        try:
            together.put([row])
            heard[row] = None
        except (EventError, KeyboardInterrupt) as error:
            heard[row] = str(error)

    threads = [threading.Thread(target=put, args=(row,)) for row in (first, *others)]
    threads[0].start()
    assert slow.begun.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(together._line) < len(others):
        threading.Event().wait(0.001)
    slow.let.set()
    for thread in threads:
        thread.join()
    return heard


def test_who_comes_while_the_disk_is_busy_shares_one_transaction() -> None:
    slow = Slow()
    heard = put_together(slow, 0, [1, 2, 3, 4, 5])
    assert heard == dict.fromkeys(range(6))
    assert [sorted(rows) for rows in slow.written] == [[0], [1, 2, 3, 4, 5]]


def test_everybody_in_a_transaction_that_fails_hears_of_it_and_nobody_else() -> None:
    heard = put_together(Slow(), 0, [12, 13])
    assert heard == {0: None} | dict.fromkeys([12, 13], "the disk is full. Found: no room.")


def test_an_interruption_of_who_writes_is_no_success_for_the_others() -> None:
    heard = put_together(Slow(), 0, [12, 14])
    assert heard.pop(0) is None
    assert sorted(map(str, heard.values())) == ["", "recording was interrupted. Remedy: record it again."]
