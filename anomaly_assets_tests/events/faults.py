"""Recorders that are killed or cut off from their database, and what is found there afterwards.

Every event carries its writer and its number, so that a lost one, a doubled one and a wrong order can be seen. One
recorder is broken on purpose: it shows that a loss would be found.
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from anomaly_assets.events import Event, EventStore, Recorder
from anomaly_assets.events.delivery import Delivery
from anomaly_assets.events.queue import Waiting
from anomaly_assets.events.tables import ANOMALY_EVENTS
from anomaly_assets_tests.crowds import CONTEXT

from .conftest import BEGINNING, event

AT_ONCE, SECONDS = 3, 60.0
"""Events that are recorded together, and how long anything may take before a test gives up."""


class Hasty(Recorder):
    """The real one without patience, so that a test sees many turns of its work."""

    def __init__(self, url: str, folder: Path) -> None:
        store = EventStore(url, patience=5)
        super().__init__(store, folder, batch=20, linger=0, look_every=0.05, first_pause=0.01, longest_pause=0.1)


class Forgetful(Hasty):
    """Negative control: what leaves for the database has left the queue before it is there."""

    def _delivering(self, **settings: Any) -> Delivery:
        return _RemovesFirst(self.store, self.queue, **settings)


class _RemovesFirst(Delivery):
    def _deliver(self, batch: list[Waiting]) -> None:
        self.queue.remove(batch)
        self.store.insert([one.event() for one in batch])
        self.delivered += len(batch)


@dataclass
class Findings:
    """What happened; `violations` must be empty for a sound recorder."""

    acknowledged: int = 0
    found: int = 0
    left_waiting: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def blame(self, what: str, detail: object) -> None:
        self.violations[what] += 1
        self.examples = [*self.examples, f"{what}: {detail}"][:5]


def numbered(writer: str, number: int) -> Event:
    return event(number, sensor_id=writer)


def number_of(moment: Any) -> int:
    return round((moment - BEGINNING).total_seconds() / 60)


def arrivals(url: str) -> dict[str, list[int]]:
    """Numbers of each writer's events, in the order in which the database got them."""
    found: dict[str, list[int]] = {}
    columns = ANOMALY_EVENTS.c
    query = sa.select(columns.sensor_id, columns.detected_at).order_by(columns.id)
    with closing(EventStore(url)) as store, store._transaction(writing=False) as connection:
        for writer, moment in connection.execute(query):
            found.setdefault(writer, []).append(number_of(moment))
    return found


def judge(url: str, acknowledged: dict[str, list[int]], findings: Findings) -> Findings:
    """Look for what was acknowledged; more may be there, for who dies while recording cannot say that he has."""
    stored = arrivals(url)
    findings.acknowledged = sum(map(len, acknowledged.values()))
    findings.found = sum(map(len, stored.values()))
    for writer, numbers in acknowledged.items():
        there = stored.get(writer, [])
        for number in sorted(set(numbers) - set(there)):
            findings.blame("lost", f"{writer} {number}")
    for writer, there in stored.items():
        if len(set(there)) < len(there):
            findings.blame("doubled", writer)
        if there != sorted(there):
            findings.blame("out of order", f"{writer} {there}")
    return findings


def kill_recorders(
    kind: type[Hasty], url: str, folder: Path, kills: int, seed: int, writers: int = 2, first_only: bool = False
) -> Findings:
    """Kill -9 processes that record and deliver at a random moment, and again; then deliver what they have left.

    ``first_only`` looks after every kill, and ends it with the first violation.
    """
    findings, moments = Findings(), random.Random(seed)
    acknowledged: dict[str, list[int]] = {}
    EventStore(url).migrate()
    for kill in range(kills):
        diary = folder / f"diary_{kill}"
        victims = [
            CONTEXT.Process(target=_record_for_ever, args=(kind, url, folder, diary, n, kill)) for n in range(writers)
        ]
        for victim in victims:
            victim.start()
        _await(diary)
        time.sleep(moments.uniform(0, 0.2))
        for victim in victims:
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join()
        for line in diary.read_text().splitlines():
            writer, first = line.rsplit(" ", 1)
            acknowledged.setdefault(writer, []).extend(range(int(first), int(first) + AT_ONCE))
        findings.left_waiting += _left(url, folder, deliver=first_only or kill == kills - 1)
        if first_only and judge(url, acknowledged, findings).violations:
            return findings
    return judge(url, acknowledged, findings)


def _left(url: str, folder: Path, deliver: bool) -> int:
    """Count what the dead have left in the queue; deliver it as the next one alive would."""
    recorder = Recorder(url, folder)
    left = recorder.waiting
    if deliver:
        assert recorder.start().flush(SECONDS), recorder.trouble
    recorder.close()
    return left


def _record_for_ever(kind: type[Hasty], url: str, folder: Path, diary: Path, writer: int, kill: int) -> None:
    recorder = kind(url, folder).start()
    pages = os.open(diary, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
    name = f"writer {writer} of {kill}"
    for first in range(0, 1_000_000, AT_ONCE):
        recorder.record([numbered(name, number) for number in range(first, first + AT_ONCE)])
        os.write(pages, f"{name} {first}\n".encode())


def _await(diary: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not diary.exists() or not diary.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError("no recorder started in time")
        time.sleep(0.005)
