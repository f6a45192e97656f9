"""How fast events are recorded and reach their database, as ratios measured in turns on the same machine.

    python benchmarks/events.py [--events 10000] [--turns 7] [--threads 16] [--seconds 2]

COPY is compared with executemany of the same INSERT ... ON CONFLICT DO NOTHING into the same table, a replay of
the same events with their first arrival, recording one at a time with a bare ``write`` and ``fsync`` of as many bytes,
and threads that record at once with one that records alone. PostgreSQL: ANOMALY_TEST_POSTGRES, else the machine's own.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg

from anomaly_assets.events import Event, EventStore, Recorder
from anomaly_assets.events.event import COLUMNS, row_of
from anomaly_assets_tests.services import fresh_database

BEGINNING = datetime(2025, 3, 1, tzinfo=UTC)
NAMES, MARKS = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
INSERT = f"INSERT INTO anomaly_events ({NAMES}) VALUES ({MARKS}) ON CONFLICT DO NOTHING"


def events(count: int) -> list[Event]:
    """Detections of a fleet of 50 units, a minute apart."""
    return [
        Event("ponds", f"pond {n % 50}", BEGINNING + n * timedelta(minutes=1), 1 + n / 7, True, 0.99, "deviation_v3")
        for n in range(count)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def arriving(url: str, many: list[Event], turns: int) -> dict[str, float]:
    """Median seconds of COPY, of executemany and of a replay, each into an empty table in every turn."""
    store, taken = EventStore(url), dict[str, list[float]]()
    store.migrate()
    with psycopg.connect(url) as connection:

        def one_by_one() -> None:
            with connection.cursor() as cursor:
                cursor.executemany(INSERT, [row_of(event) for event in many])
            connection.commit()

        for _ in range(turns):
            for name, work in (("copy", lambda: store.insert(many)), ("executemany", one_by_one)):
                connection.execute("TRUNCATE anomaly_events")
                connection.commit()
                taken.setdefault(name, []).append(seconds(work))
            taken.setdefault("replay", []).append(seconds(lambda: store.insert(many)))
    store.close()
    return {name: median(times) for name, times in taken.items()}


def recording(folder: Path, threads: int, duration: float) -> float:
    """Events a second that threads record together, one at a time each."""
    counts, ending = [0] * threads, threading.Event()
    recorder = Recorder("sqlite:////nowhere", folder)

    def record(thread: int) -> None:
        one = events(1)
        while not ending.is_set():
            recorder.record(one)
            counts[thread] += 1

    crowd = [threading.Thread(target=record, args=(n,)) for n in range(threads)]
    start = time.perf_counter()
    for thread in crowd:
        thread.start()
    time.sleep(duration)
    ending.set()
    for thread in crowd:
        thread.join()
    rate = sum(counts) / (time.perf_counter() - start)
    assert recorder.waiting == sum(counts)
    recorder.close()
    return rate


def syncing(folder: Path, duration: float) -> float:
    """Bare appends a second of a page of SQLite's log, each with an fsync: what the disk allows one writer."""
    folder.mkdir(parents=True)
    descriptor, count, start = os.open(folder / "log", os.O_CREAT | os.O_WRONLY), 0, time.perf_counter()
    while time.perf_counter() - start < duration:
        os.write(descriptor, bytes(4120))
        os.fsync(descriptor)
        count += 1
    os.close(descriptor)
    return count / duration


def tell(what: str, value: float, against: str, other: float) -> None:
    """Print one ratio and what it is made of."""
    print(f"{what:34}{value:>12.4g}   {against:34}{other:>12.4g}   ratio {value / other:.2f}", flush=True)


def main() -> None:
    """Measure everything in a database and folders of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("events", 10_000), ("turns", 7), ("threads", 16)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    with fresh_database() as url:
        taken = arriving(url, events(asked.events), asked.turns)
    tell(f"executemany of {asked.events:,}, s", taken["executemany"], "COPY, s", taken["copy"])
    tell("replay by COPY, s", taken["replay"], "first arrival by COPY, s", taken["copy"])
    with tempfile.TemporaryDirectory(prefix="events-") as folder:
        places = (Path(folder) / str(n) for n in range(99))
        turns = [
            (
                recording(next(places), 1, asked.seconds),
                recording(next(places), asked.threads, asked.seconds),
                syncing(next(places), asked.seconds),
            )
            for _ in range(3)
        ]
    alone, together, bare = (median(column) for column in zip(*turns, strict=True))
    tell("recorded by one thread, 1/s", alone, "bare write and fsync, 1/s", bare)
    tell(f"recorded by {asked.threads} threads, 1/s", together, "recorded by one thread, 1/s", alone)


if __name__ == "__main__":
    main()
