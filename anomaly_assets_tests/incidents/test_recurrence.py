"""What comes back and blames the same sensor is the incident that it was."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.incidents import Raised

from .scored import START, hour, hourly, raised, spans, windows

RULES = {"recurs_within": "4h", "longest": "1d"}


def told(scores: str, blamed: str, unit: str = "u", **rest: list[str]) -> pl.DataFrame:
    """A dot is a window that blames nobody."""
    return windows(scores, unit, sensor_1=[None if name == "." else name for name in blamed], **rest)


def when(found: Raised) -> list[tuple[float, float]]:
    return [(start, end) for _, start, end in spans(found)]


@pytest.mark.parametrize(
    ("rules", "scores", "blamed", "expected"),
    [
        (RULES, "900090", "a...a.", [(0, 5)]),
        ({"longest": "1d"}, "900090", "a...a.", [(0, 1), (4, 5)]),
        (RULES, "9000009", "a.....a", [(0, 1), (6, 7)]),
        (RULES, "900090", "a...b.", [(0, 1), (4, 5)]),
        (RULES, "900090", "......", [(0, 1), (4, 5)]),
        (RULES, "9000900090", "a...a...a.", [(0, 9)]),
        (RULES | {"recurs_within": "5h"}, "90090090", "a..b..a.", [(0, 7), (3, 4)]),
        (RULES, "97000900", "ab...b..", [(0, 2), (5, 6)]),
        (RULES, "79000900", "ab...b..", [(0, 6)]),
        (RULES, "90007900", "a...ab..", [(0, 6)]),
        (RULES, "90007900", "a...ba..", [(0, 1), (4, 6)]),
        (RULES | {"alarms": 2, "of": 2}, "9900090099", "aa...a..aa", [(0, 2), (8, 10)]),
        (RULES | {"alarms": 2, "of": 2}, "99000990", "aa...aa.", [(0, 7)]),
        (RULES | {"hold_off": "3h"}, "900900900", "a..a..a..", [(0, 1), (6, 7)]),
        (RULES | {"longest": "4h"}, "009009", "..a..a", [(2, 3), (5, 6)]),
        (RULES | {"longest": "4h"}, "900900", "a..a..", [(0, 4)]),
    ],
)
def test_it_is_again_what_it_was_by_the_rules(rules, scores, blamed, expected):
    assert when(raised(told(scores, blamed), hourly(**rules))) == expected


def test_the_second_and_the_third_sensor_at_the_peak_are_to_blame_too():
    more = {"sensor_2": ["b"] * 5, "sensor_3": ["c"] * 5}
    found = [when(raised(told("90090", f"a..{again}.", **more), hourly(**RULES))) for again in "abcd"]
    assert found == [[(0, 4)], [(0, 4)], [(0, 4)], [(0, 1), (3, 4)]]


def test_the_same_sensor_of_another_unit_is_another_matter():
    both = pl.concat([told("90000", "a...."), told("00090", "...a.", unit="v")])
    assert spans(raised(both, hourly(**RULES))) == [("u", 0, 1), ("v", 3, 4)]


def test_it_is_resolved_meanwhile_and_open_again_under_its_name():
    scored, fleet = told("9000900000", "a...a....."), hourly(**RULES)
    rows = [raised(scored, fleet, 0, end).incidents.row(0, named=True) for end in (1, 4, 5, 10)]
    assert [row["state"] for row in rows] == ["open", "resolved", "open", "resolved"]
    assert {row["incident_id"] for row in rows} == {rows[0]["incident_id"]} and {row["start"] for row in rows} == {
        START
    }
    assert [row["bursts"] for row in rows] == [1, 1, 2, 2]


def test_it_names_whom_its_latest_time_blames_and_stays_as_severe_as_it_was():
    row = raised(told("9000670", "a...ab."), hourly(**RULES)).incidents.row(0, named=True)
    assert (row["sensor_1"], row["peak_score"], row["alarms"], row["bursts"]) == ("b", 9.0, 3, 2)
    assert row["severity"] == raised(told("9", "a"), hourly()).incidents["severity"][0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["9", "0", "000", "79"]), min_size=1, max_size=40).map("".join),
    st.text("ab.", min_size=80, max_size=80),
    st.integers(1, 80),
)
def test_what_is_told_once_keeps_its_name_and_no_alarm_goes_to_another(scores, blamed, now):
    fleet = hourly(**RULES, alarms=1)
    scored = told(scores[:80], blamed[: len(scores[:80])])
    early, late = (raised(scored.filter(pl.col("window_start") < hour(end)), fleet, 0, end) for end in (now, 80))
    belongs = [dict(found.alarms.select("window_start", "incident_id").iter_rows()) for found in (early, late)]
    assert belongs[0].items() <= belongs[1].items()


@pytest.mark.parametrize(("blamed", "same"), [("a...b..." * 10, True), ("." * 80, True), ("a" * 80, False)])
def test_without_agreement_the_rule_changes_nothing(blamed, same):
    scored = told("9000" * 20, blamed)
    with_it, without = (raised(scored, hourly(**rules), 0, 80).incidents for rules in (RULES, {"longest": "1d"}))
    assert with_it.equals(without) is same


def test_recall_is_that_of_alarms_however_long_it_comes_back():
    found = raised(told("9000" * 60, "a..." * 60), hourly(recurs_within="1d", longest="1d"), 0, 240)
    assert set(found.alarms["fate"]) == {"incident"}
    assert found.incidents.height == 10 and (found.incidents["start"].diff().drop_nulls() == timedelta(days=1)).all()
