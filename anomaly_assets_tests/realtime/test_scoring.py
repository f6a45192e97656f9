"""Rounds of scoring: one unit that can't be scored keeps nobody else waiting, and loses nothing."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines.live import Live, open_live
from anomaly_assets.realtime.journal import Journal, Limits, Message, write_down
from anomaly_assets.realtime.payloads import Heard, Reading
from anomaly_assets.realtime.scoring import Scoring
from anomaly_assets.realtime.topics import realtime_of

from .ponds import Ponds, config
from .storm import journalled

STEP = 20 * 60 * 1_000_000
START = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


@dataclass
class Picky:
    """A version in service that can't score one unit, as one with a fault could not."""

    live: Live
    hated: str
    wrong: Exception

    def __getattr__(self, name: str) -> Any:
        return getattr(self.live, name)

    def score(self, asks: Any, **told: Any) -> Any:
        if any(ask.unit == self.hated for ask in asks):
            raise self.wrong
        return self.live.score(asks, **told)


@pytest.fixture
def journal(ponds: Ponds) -> Iterator[Journal]:
    opened = Journal(ponds.plant.home / "realtime", ponds.fleet, 10)
    heard = [
        Reading(unit, f"x/{unit}", START + n * STEP, n, array("d", [8.0 + n / 10, 15.0]).tobytes())
        for n in range(30)
        for unit in ("unit_01", "unit_02", "unit_03")
    ]
    write_down(opened, [Message("", b"", Heard(readings=heard))], Limits(1, 1, 1000))
    yield opened
    opened.close()


@pytest.mark.parametrize("wrong", [ScoringError("it is broken"), ZeroDivisionError("nobody expected it")])
def test_who_can_not_be_scored_waits_alone(ponds: Ponds, journal: Journal, wrong: Exception) -> None:
    live, said = open_live(ponds.site, "ponds"), list[str]()
    champion = [Picky(live, "unit_02", wrong)]
    scoring = Scoring(
        journal,
        ponds.fleet,
        realtime_of(ponds.fleet),
        config(1),
        lambda: champion[0],  # type: ignore[arg-type, return-value]
        said.append,
    )
    for _ in range(3):
        assert not scoring.round()
    told = journalled(ponds.plant.home, "ponds")
    assert set(told["unit_id"]) == {"unit_01", "unit_03"} and told.height == 2 * 8
    assert len(said) == 1 and said[0].startswith("unit_02 can't be scored, its readings wait")
    champion[0] = live  # type: ignore[call-overload]
    scoring.try_again()
    scoring.round()
    assert set(journalled(ponds.plant.home, "ponds")["unit_id"]) == {"unit_01", "unit_02", "unit_03"}


def test_without_what_explaining_takes_windows_are_scored_all_the_same(ponds: Ponds, journal: Journal) -> None:
    """As where only onnxruntime is installed: an alarm is an alarm, whoever is to blame."""
    live, said = open_live(ponds.site, "ponds"), list[str]()

    @dataclass
    class Lean:
        def __getattr__(self, name: str) -> Any:
            return getattr(live, name)

        def score(self, asks: Any, *, explain: bool = False) -> Any:
            if explain:
                raise ModuleNotFoundError("No module named 'torch'")
            return live.score(asks)

    realtime = realtime_of(ponds.fleet)
    Scoring(journal, ponds.fleet, realtime, config(1), Lean, said.append).round()  # type: ignore[arg-type]
    lean = journalled(ponds.plant.home, "ponds")
    forget(journal)
    Scoring(journal, ponds.fleet, realtime, config(1), lambda: live, print).round()
    assert lean.equals(journalled(ponds.plant.home, "ponds")) and lean.height == 3 * 8
    assert said == ["why windows alarm can't be told here: No module named 'torch'"]


def forget(journal: Journal) -> None:
    """Let everything be scored once more."""
    with journal.writing() as (connection, _):
        connection.execute("DELETE FROM windows")
    for unit in journal.units.values():
        unit.next = unit.claimed = None


def test_a_backlog_is_scored_in_rounds_and_comes_out_the_same(ponds: Ponds, journal: Journal) -> None:
    live = open_live(ponds.site, "ponds")
    broker, realtime = config(1, windows_at_once=12), realtime_of(ponds.fleet)
    scoring, rounds = Scoring(journal, ponds.fleet, realtime, broker, lambda: live, print), 1
    while scoring.round():
        rounds += 1
    in_rounds = journalled(ponds.plant.home, "ponds")
    assert rounds > 3 and in_rounds.height == 3 * 8
    forget(journal)
    assert not Scoring(journal, ponds.fleet, realtime, config(1), lambda: live, print).round()
    assert journalled(ponds.plant.home, "ponds").equals(in_rounds)
