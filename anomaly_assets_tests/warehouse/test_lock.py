"""The lock is fair, shared among readers, exclusive for writers, and free as soon as its owner is dead."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from anomaly_assets.errors import LockTimeoutError
from anomaly_assets.warehouse import FileLock

HOLD = """
import sys, time
from pathlib import Path
from anomaly_assets.warehouse import FileLock
with getattr(FileLock(Path(sys.argv[1])), sys.argv[2])():
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def lock(tmp_path: Path) -> FileLock:
    return FileLock(tmp_path / "w.duckdb.lock", timeout=30)


def tickets(lock: FileLock) -> list[str]:
    return sorted(path.name for path in lock.folder.glob("*-*")) if lock.folder.exists() else []


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "did not happen within 30 s"
        time.sleep(0.002)


def holder(lock: FileLock, mode: str) -> subprocess.Popen[str]:
    """A process that holds the lock until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock.folder), mode], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def line_up(lock: FileLock, modes: list[str], log: list[int]) -> list[threading.Thread]:
    """Threads that arrive one after the other, log their number when it is their turn, and leave."""

    def turn(number: int, mode: str) -> None:
        with getattr(lock, mode)():
            log.append(number)

    threads = []
    for number, mode in enumerate(modes):
        before = len(tickets(lock))
        threads.append(threading.Thread(target=turn, args=(number, mode)))
        threads[-1].start()
        until(lambda before=before: len(tickets(lock)) > before)  # type: ignore[misc]
    return threads


def test_turns_come_in_the_order_of_arrival(lock: FileLock) -> None:
    log: list[int] = []
    with lock.writing():
        threads = line_up(lock, ["writing", "reading", "writing", "writing", "reading", "writing"], log)
        assert log == []
    for thread in threads:
        thread.join(30)
    assert log == [0, 1, 2, 3, 4, 5]
    assert tickets(lock) == []


def test_readers_share_and_a_later_reader_does_not_overtake_a_writer(lock: FileLock) -> None:
    log: list[int] = []
    with lock.reading(), lock.reading():  # two at once
        threads = line_up(lock, ["writing", "reading"], log)
        time.sleep(0.1)
        assert log == []
    for thread in threads:
        thread.join(30)
    assert log == [0, 1]


def test_a_writer_excludes_readers_and_writers(lock: FileLock) -> None:
    impatient = FileLock(lock.folder, timeout=0.05)
    with lock.writing():
        for mode in (impatient.reading, impatient.writing):
            with pytest.raises(LockTimeoutError, match="this process"), mode():
                pass
    with impatient.writing():
        pass


@pytest.mark.parametrize("mode", ["reading", "writing"])
def test_a_timeout_names_the_process_that_holds_it(lock: FileLock, mode: str) -> None:
    process = holder(lock, mode)
    try:
        with pytest.raises(LockTimeoutError, match=f"process {process.pid}"), FileLock(lock.folder, 0.05).writing():
            pass
        assert len(tickets(lock)) == 1  # the one who gave up left nothing behind
    finally:
        process.kill()
        process.wait()


def test_kill_9_of_the_owner_frees_it_and_its_ticket_is_swept(lock: FileLock) -> None:
    process, log = holder(lock, "writing"), list[int]()
    threads = line_up(lock, ["writing"], log)
    assert log == []
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    threads[0].join(30)
    assert log == [0]
    with lock.reading():
        assert len(tickets(lock)) == 1


def test_kill_9_of_one_who_waits_lets_nobody_overtake(lock: FileLock) -> None:
    with lock.writing():
        waiting = subprocess.Popen([sys.executable, "-c", HOLD, str(lock.folder), "writing"], start_new_session=True)
        until(lambda: len(tickets(lock)) == 2)
        log: list[int] = []
        threads = line_up(lock, ["writing"], log)
        waiting.kill()
        waiting.wait()
        time.sleep(0.1)
        assert log == []
    threads[0].join(30)
    assert log == [0]


def test_a_fork_neither_ends_nor_prolongs_its_parents_turn(lock: FileLock) -> None:
    ready, go = os.pipe(), os.pipe()
    with ExitStack() as turn:
        turn.enter_context(lock.writing())
        child = os.fork()
        if child == 0:
            turn.close()  # as a child would that leaves the same `with`
            os.write(ready[1], b".")
            os.read(go[0], 1)
            os._exit(0)
        os.read(ready[0], 1)
        with pytest.raises(LockTimeoutError), FileLock(lock.folder, 0.05).reading():
            pass
    with FileLock(lock.folder, 1).writing():  # the child still lives, with what it inherited
        os.write(go[1], b".")
    os.waitpid(child, 0)


def test_many_threads_count_without_a_slip(lock: FileLock) -> None:
    counter = lock.folder.with_name("counter")
    counter.write_text("0")

    def count() -> None:
        for _ in range(20):
            with lock.writing():
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counter.read_text() == "120"
