"""Requests that wait together are scored together, each by the version it was checked against, and refused alone."""

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anomaly_assets.errors import ScoringError
from anomaly_assets.serving.refusals import Refusal
from anomaly_assets.serving.scoring import Desk, Verdict


class Version:
    """Scores a number by itself; may be held up, and can't score what is negative."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.held = threading.Event()
        self.held.set()

    def judge(self, asks: Sequence[float]) -> SimpleNamespace:
        self.held.wait(30)
        self.batches.append(list(asks))
        if min(asks) < -1:
            raise ZeroDivisionError("nobody expected this")
        if min(asks) < 0:
            raise ScoringError("this can't be scored")
        rows = [(place, ask, ask > 5, 0.5, 5.0) for place, ask in enumerate(asks) if ask != 0]
        columns = np.array(rows, dtype=object).reshape(-1, 5).T
        return SimpleNamespace(**dict(zip(("ask", *Verdict._fields), columns, strict=True)))


class Question:
    def __init__(self, ask: float) -> None:
        self.ask = ask


class Rig:
    """A desk, and what it has noted."""

    def __init__(self, at_once: int = 100, waiting: int = 1000) -> None:
        self.noted: list[float] = []
        self.desk = Desk(self.note, at_once=at_once, waiting=waiting)

    def note(self, live: Any, asked: Sequence[Any], verdicts: Sequence[Any]) -> None:
        self.noted += [verdict.score for verdict in verdicts]

    def ask(self, live: Version, *numbers: float) -> "asyncio.Task[Any]":
        return asyncio.ensure_future(self.desk.verdicts(live, [Question(number) for number in numbers]))  # type: ignore[arg-type]


def run(meeting: Any) -> Any:
    return asyncio.run(asyncio.wait_for(meeting, 60))


def test_what_waits_is_scored_at_once_and_answered_each_to_his_own() -> None:
    async def meeting() -> None:
        rig, live = Rig(), Version()
        live.held.clear()
        rig.desk.start()
        first = rig.ask(live, 1)
        await asyncio.sleep(0.2)
        others = [rig.ask(live, number, number + 0.5) for number in range(2, 12)]
        await asyncio.sleep(0.1)
        live.held.set()
        assert (await first)[0].score == 1
        for number, task in enumerate(others, 2):
            assert [verdict.score for verdict in await task] == [number, number + 0.5]
        assert [len(batch) for batch in live.batches] == [1, 20]
        await rig.desk.close()

    run(meeting())


def test_no_more_are_scored_at_once_than_was_said_and_versions_never_mixed() -> None:
    async def meeting() -> None:
        rig, one, other = Rig(at_once=4), Version(), Version()
        asked = [rig.ask(live, number) for number, live in enumerate([one] * 6 + [other] * 3 + [one] * 2, 1)]
        asked.append(rig.ask(one, *range(20, 30)))
        await asyncio.sleep(0.05)
        rig.desk.start()
        await asyncio.gather(*asked)
        assert one.batches == [[1, 2, 3, 4], [5, 6], [10, 11], list(range(20, 30))]
        assert other.batches == [[7, 8, 9]]
        await rig.desk.close()

    run(meeting())


def test_one_request_that_can_not_be_scored_is_refused_alone() -> None:
    async def meeting() -> None:
        rig, live = Rig(), Version()
        asked = [rig.ask(live, number) for number in (7, -1, 8, -2, 9)]
        await asyncio.sleep(0.05)
        rig.desk.start()
        said = await asyncio.gather(*asked, return_exceptions=True)
        assert [said[place][0].score for place in (0, 2, 4)] == [7, 8, 9]
        assert isinstance(said[1], Refusal) and "can't be scored" in str(said[1])
        assert isinstance(said[3], ZeroDivisionError)
        assert rig.noted == [7, 8, 9]
        await rig.desk.close()

    run(meeting())


def test_a_request_with_a_window_that_gives_nothing_is_not_noted_at_all() -> None:
    async def meeting() -> None:
        rig, live = Rig(), Version()
        asked = [rig.ask(live, 7, 0, 8), rig.ask(live, 9)]
        await asyncio.sleep(0.05)
        rig.desk.start()
        broken, whole = await asyncio.gather(*asked)
        assert broken[1] is None and whole[0].score == 9 and rig.noted == [9]
        await rig.desk.close()

    run(meeting())


def test_who_finds_too_many_waiting_is_told_to_come_back() -> None:
    async def meeting() -> None:
        rig, live = Rig(waiting=3), Version()
        waiting = [rig.ask(live, 1, 2), rig.ask(live, 3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Refusal) as refused:
            await rig.ask(live, 4)
        assert refused.value.status == 503 and refused.value.after == 1
        rig.desk.start()
        await asyncio.gather(*waiting)
        assert (await rig.ask(live, 4))[0].score == 4 and rig.desk.waiting == 0
        await rig.desk.close()

    run(meeting())


def test_closing_scores_what_waits_and_takes_no_more() -> None:
    async def meeting() -> None:
        rig, live = Rig(at_once=2), Version()
        asked = [rig.ask(live, number) for number in range(1, 20)]
        await asyncio.sleep(0.05)
        rig.desk.start()
        await rig.desk.close()
        assert [(await one)[0].score for one in asked] == list(range(1, 20))
        with pytest.raises(Refusal):
            await rig.ask(live, 1)

    run(meeting())


def test_who_has_gone_holds_nobody_up() -> None:
    async def meeting() -> None:
        rig, live = Rig(), Version()
        gone, here = rig.ask(live, 1), rig.ask(live, 2)
        await asyncio.sleep(0.05)
        gone.cancel()
        rig.desk.start()
        assert (await here)[0].score == 2
        await rig.desk.close()

    run(meeting())
