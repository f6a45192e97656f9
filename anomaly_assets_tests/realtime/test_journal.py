"""The journal: what was heard is there once, whatever comes again and whoever is killed."""

import sqlite3
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import RealtimeError
from anomaly_assets.realtime.journal import (
    Journal,
    Limits,
    Message,
    claim,
    give_back,
    keep_windows,
    note_published,
    prune,
    readings_for,
    unpublished,
    unrecorded,
    waiting,
    write_down,
)
from anomaly_assets.realtime.payloads import Heard, Reading, Reject
from anomaly_assets_tests.conftest import small_fleet

LIMITS = Limits(rows=5, payload=10, units=4)
STEP = 60_000_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, small_fleet(), gaps_kept=100)
    yield opened
    opened.close()


def reopened(journal: Journal, **changes: Any) -> Journal:
    journal.close()
    return Journal(journal.path.parent, small_fleet(**changes), gaps_kept=100)


def reading(minute: int, seq: int | None = None, unit: str = "7", values: tuple[float, float] = (1.0, 2.0)) -> Reading:
    number = minute if seq is None else seq
    return Reading(unit, f"x/{unit}", minute * STEP, number, array("d", values).tobytes())


def hear(journal: Journal, *readings: Reading) -> dict[str, int]:
    told = [Message(one.topic, b"", Heard(readings=[one])) for one in readings]
    return {name: count for name, count in write_down(journal, told, LIMITS).items() if count}


def take(journal: Journal, until: int, unit: str = "7", at_most: int = 1000) -> Any:
    return claim(journal, unit, lambda known: until * STEP, lambda moment: moment // STEP * STEP, at_most)


def scored(journal: Journal, *minutes: int, unit: str = "7", alarm: bool = False) -> pl.DataFrame:
    """Rows as the champion gives them; what doesn't matter here is null."""
    frame = pl.DataFrame(
        {
            "unit_id": [unit] * len(minutes),
            "window_start": [minute * STEP for minute in minutes],
            "window_end": [(minute + 1) * STEP for minute in minutes],
            "score": [0.1 + minute for minute in minutes],
            "is_anomaly": [alarm] * len(minutes),
        }
    ).with_columns(pl.col("window_start", "window_end").cast(pl.Datetime("us", "UTC")))
    columns = journal.columns["windows"]
    lacking = {name: pl.lit(None, dtype) for name, dtype in columns.items() if name not in frame.columns}
    return frame.with_columns(**lacking).select(list(columns))


def test_there_is_room_for_so_many_units_and_for_more_where_more_is_allowed(journal: Journal) -> None:
    wild = [reading(0, unit=f"u{number}") for number in range(100)]
    counted = {"messages": 100, "readings": 4, "quarantined": 96, "quarantined:too_many_units": 96}
    assert hear(journal, *wild) == counted
    assert set(journal.units) == {"u0", "u1", "u2", "u3"} and len(journal.sequences) == 4
    assert journal.rows("SELECT DISTINCT rule FROM quarantine") == [("too_many_units",)]
    assert hear(journal, reading(1, unit="u3"), reading(1, unit="u4"))["readings"] == 1, "who is known goes on"
    again = reopened(journal)
    assert hear(again, reading(2, unit="u4")).get("readings") is None, "also after a restart"
    write_down(again, [Message("", b"", Heard(readings=wild))], replace(LIMITS, units=60))
    assert len(again.units) == 60
    again.close()


def test_what_comes_again_is_there_once(journal: Journal) -> None:
    assert hear(journal, reading(0), reading(1), reading(0)) == {"messages": 3, "readings": 2, "duplicates": 1}
    assert hear(journal, reading(1)) == {"messages": 1, "duplicates": 1}
    assert journal.rows("SELECT count(*) FROM readings") == [(2,)]


def test_without_numbers_what_is_the_same_is_the_same(journal: Journal) -> None:
    hear(journal, reading(0, seq=-1), reading(0, seq=-1), reading(0, seq=-1, values=(9.0, 2.0)))
    assert journal.counts["readings"] == 2 and journal.counts["duplicates"] == 1


def test_a_number_that_is_used_again_for_something_else_costs_nothing(journal: Journal) -> None:
    hear(journal, reading(0), reading(1), reading(0, values=(5.0, 5.0)))
    assert journal.counts["readings"] == 3 and journal.counts["duplicates"] == 0


def test_gaps_are_counted_and_filled_over_a_restart(journal: Journal) -> None:
    assert hear(journal, reading(0), reading(5)) == {"messages": 2, "readings": 2, "gaps": 1, "missing": 4}
    again = reopened(journal)
    assert hear(again, reading(3)) == {"messages": 1, "readings": 1, "filled": 1, "out_of_order": 1}
    assert again.counts == {"messages": 3, "readings": 3, "gaps": 1, "missing": 4, "filled": 1, "out_of_order": 1}


def test_what_can_not_be_read_is_kept_but_not_for_ever(journal: Journal) -> None:
    rejects = [Heard(rejects=[Reject("not_json", str(number))]) for number in range(12)]
    write_down(journal, [Message("x/7", "ünreadable text".encode(), heard) for heard in rejects], LIMITS)
    assert journal.counts["quarantined:not_json"] == journal.counts["quarantined"] == 12
    rows = journal.rows("SELECT topic, rule, found, payload FROM quarantine ORDER BY n")
    assert rows == [("x/7", "not_json", str(number), "ünreadable") for number in range(7, 12)]


def test_a_transaction_that_fails_leaves_nothing_neither_here_nor_there(journal: Journal) -> None:
    hear(journal, reading(0))
    broken = [Message("x/7", b"", Heard(readings=[reading(1)])), Message("x/7", b"", Heard(rejects=[("no",)]))]  # type: ignore[list-item]
    with pytest.raises((TypeError, AttributeError, sqlite3.Error)):
        write_down(journal, broken, LIMITS)
    assert journal.counts == {"messages": 1, "readings": 1}
    assert (journal.units["7"].latest, journal.sequences["x/7"].highest) == (0, 0)
    assert hear(journal, reading(1)) == {"messages": 1, "readings": 1}


def test_a_second_listener_is_refused(journal: Journal) -> None:
    with pytest.raises(RealtimeError, match="another listener of this fleet is running"):
        Journal(journal.path.parent, small_fleet(), gaps_kept=100)


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "small.sqlite").write_text("readings, as it happens, of another kind\n" * 100)
    with pytest.raises(RealtimeError, match="can't be opened"):
        Journal(tmp_path, small_fleet(), gaps_kept=100)
    assert (tmp_path / "small.sqlite").read_text().startswith("readings, as it happens")


def test_readings_follow_a_fleet_whose_sensors_have_changed(journal: Journal) -> None:
    hear(journal, reading(0, values=(1.0, 2.0)))
    again = reopened(journal, sensors={"c": {}, "b": {}})
    known = take(again, 1)
    _, cells = readings_for(again, known, 0)
    assert np.isnan(cells[0, 0]) and cells[0, 1] == 2.0
    again.close()


def test_readings_of_one_moment_come_as_they_were_numbered(journal: Journal) -> None:
    hear(journal, reading(3, seq=8, values=(8.0, 0.0)), reading(2, seq=1), reading(3, seq=7, values=(7.0, 0.0)))
    times, cells = readings_for(journal, take(journal, 4), 0)
    assert times.tolist() == [2 * STEP, 3 * STEP, 3 * STEP]
    assert cells[:, 0].tolist() == [1.0, 7.0, 8.0]


def test_windows_are_claimed_once_and_what_comes_for_them_then_is_late(journal: Journal) -> None:
    hear(journal, reading(0), reading(3))
    due = take(journal, 2)
    assert (due.since, due.until) == (0, 2 * STEP)
    assert take(journal, 2) is None
    hear(journal, reading(1), reading(2))
    assert (journal.counts["late"], journal.counts["out_of_order"]) == (1, 1)
    give_back(journal, due)
    assert take(journal, 2) is not None


def test_late_readings_are_looked_back_on(journal: Journal) -> None:
    hear(journal, reading(0), reading(3))
    take(journal, 2)
    hear(journal, reading(1))
    times, _ = readings_for(journal, take(journal, 3), 10 * STEP)
    assert times.tolist() == [0, STEP]


def test_a_large_backlog_is_taken_in_parts(journal: Journal) -> None:
    hear(journal, *(reading(minute) for minute in range(100)))
    parts = []
    while (due := take(journal, 90, at_most=25)) is not None:
        parts.append((due.since // STEP, due.until // STEP))
    assert parts == [(0, 25), (25, 50), (50, 75), (75, 90)]


def test_a_window_with_more_readings_than_a_part_is_taken_whole(journal: Journal) -> None:
    hear(journal, *(reading(0, seq=number, values=(number, 0.0)) for number in range(50)), reading(1, seq=50))
    due = take(journal, 1, at_most=10)
    assert (due.since, due.until) == (0, STEP)


def test_a_window_is_written_once(journal: Journal) -> None:
    hear(journal, reading(0), reading(9))
    assert keep_windows(journal, scored(journal, 0, 1), {"7": 2 * STEP}) == 2
    assert keep_windows(journal, scored(journal, 1, 2), {"7": 3 * STEP}) == 1
    assert (journal.counts["windows"], journal.counts["scored_again"]) == (3, 1)
    again = reopened(journal)
    assert again.units["7"].claimed == 3 * STEP
    _, told = unpublished(again, 10)
    assert told["window_start"].dt.epoch("us").to_list() == [0, STEP, 2 * STEP]
    assert told["score"].to_list() == [0.1, 1.1, 2.1], "to the bit"
    again.close()


def test_what_was_told_is_not_told_again(journal: Journal) -> None:
    hear(journal, reading(0))
    keep_windows(journal, scored(journal, 0, 1, alarm=True), {"7": STEP})
    numbers, _ = unpublished(journal, 1)
    note_published(journal, numbers)
    assert waiting(journal) == (1, 2)
    assert unpublished(journal, 10)[1].height == 1 and unrecorded(journal, 10)[1].height == 2


def test_what_nobody_needs_is_removed(journal: Journal) -> None:
    hear(journal, *(reading(minute) for minute in range(100)))
    take(journal, 90)
    keep_windows(journal, scored(journal, *range(90)), {"7": 90 * STEP})
    numbers, _ = unpublished(journal, 80)
    note_published(journal, numbers)
    prune(journal, reach=10 * STEP, keep=40 * STEP, raised_until={})
    assert journal.rows("SELECT min(time), count(*) FROM readings") == [(80 * STEP, 20)]
    assert journal.rows("SELECT count(*) FROM windows") == [(90,)], "they may still become incidents"
    prune(journal, reach=10 * STEP, keep=40 * STEP, raised_until={"7": 90 * STEP})
    assert journal.rows("SELECT min(window_start), count(*) FROM windows") == [(50 * STEP, 40)]
    assert hear(journal, reading(5)) == {"messages": 1, "duplicates": 1}, "it was here"
    assert hear(journal, reading(6, seq=-1)) == {"messages": 1, "readings": 1, "late": 1}, "it may have been"
    assert journal.rows("SELECT count(*) FROM readings") == [(20,)]


def test_windows_that_wait_to_be_told_are_kept_however_old(journal: Journal) -> None:
    hear(journal, reading(0), reading(1000))
    keep_windows(journal, scored(journal, 0), {"7": STEP})
    prune(journal, reach=0, keep=STEP, raised_until={"7": 1000 * STEP})
    assert unpublished(journal, 10)[1].height == 1
