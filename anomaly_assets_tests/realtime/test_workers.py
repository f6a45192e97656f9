"""Steps that are taken again and again: what passes is waited out, what nobody expected ends everything."""

import sqlite3
import threading
from datetime import timedelta

import pytest

from anomaly_assets.errors import EventError
from anomaly_assets.realtime.workers import Workers

from .broker import wait_for


def test_a_failure_that_passes_is_told_once_and_the_step_is_taken_again() -> None:
    said: list[str] = []
    troubles: list[Exception] = [EventError("no room"), EventError("no room"), sqlite3.OperationalError("disk full")]
    done = threading.Event()

    def step() -> None:
        if troubles:
            raise troubles.pop(0)
        done.set()

    workers = Workers(said.append)
    workers.start("telling", step)
    wait_for(done.is_set)
    workers.end()
    workers.require()
    assert said == ["telling: no room.; trying again", "telling: disk full; trying again"]


def test_a_failure_that_nobody_expected_ends_all_steps() -> None:
    workers, others = Workers(), []
    workers.start("well", lambda: others.append(1))
    workers.start("broken", lambda: 1 // 0)
    wait_for(workers.ending.is_set)
    workers.end()
    with pytest.raises(ZeroDivisionError):
        workers.require()
    assert others


def test_who_has_more_to_do_does_not_pause() -> None:
    left, workers = [5, 4, 3, 2, 1], Workers()
    workers.start("busy", lambda: bool(left and left.pop()), timedelta(hours=1))
    wait_for(lambda: not left)
    workers.end()
