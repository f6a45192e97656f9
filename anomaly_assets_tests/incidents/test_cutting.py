"""However the days are cut, and however often they are computed, the incidents are the same."""

from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import FleetConfig

from .scored import HOUR, START, hourly, raised, windows

HOURS = 90
RULES = st.fixed_dictionaries(
    {
        "clear": st.sampled_from([0.8, 1.0]),
        "linger": st.sampled_from(["1h", "3h"]),
        "merge_gap": st.sampled_from(["1h", "2h"]),
        "hold_off": st.sampled_from([None, "2h", "5h"]),
        "of": st.sampled_from([2, 4]),
        "alarms": st.sampled_from([1, 2]),
        "severe": st.sampled_from([None, 80]),
    }
)
LASTING = st.sampled_from([("2h", None), ("6h", None), ("12h", None), ("6h", "3h"), ("12h", "3h"), ("12h", "9h")])
"""How long an incident may last, and within what time it comes back."""
STRETCH = st.tuples(st.sampled_from(["0", "5", "9", " ", "0009", "6059"]), st.integers(1, 25)).map(
    lambda of: of[0] * of[1]
)
BLAMED = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), min_size=1, max_size=20).map(
    lambda parts: ("".join(sensor * length for sensor, length in parts) * HOURS)[:HOURS]
)
SCORES = st.lists(STRETCH, min_size=1, max_size=30).map(lambda parts: "".join(parts)[:HOURS])


def materialised(scored: pl.DataFrame, fleet: FleetConfig, cuts: list[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compute span by span with the look-back and no more; the latest row of an incident replaces those before."""
    kept, alarms = {}, []
    for first, last in pairwise(cuts):
        since = START + first * HOUR - fleet.incident_lookback
        span = raised(scored.filter(pl.col("window_start") >= since), fleet, first, last)
        kept |= {row["incident_id"]: row for row in span.incidents.rows(named=True)}
        alarms.append(span.alarms)
    whole = raised(scored, fleet, 0, HOURS).incidents
    return pl.DataFrame(list(kept.values()), schema=whole.schema), pl.concat(alarms)


def told(scores: str, blamed: str, **rest: str) -> pl.DataFrame:
    """Windows of a unit, each with the sensor that is the most to blame."""
    there = [sensor for score, sensor in zip(scores, blamed, strict=False) if score != " "]
    return windows(scores, sensor_1=there, **rest)


@settings(max_examples=60, deadline=None)
@given(SCORES, SCORES, BLAMED, RULES, LASTING, st.sets(st.integers(1, HOURS - 1), max_size=12))
def test_any_cutting_of_the_days_gives_the_same_incidents(one, other, blamed, rules, lasting, cuts):
    fleet = hourly(**rules, longest=lasting[0], recurs_within=lasting[1])
    scored = pl.concat([told(one, blamed), told(other, blamed[::-1], unit="v")])
    whole = raised(scored, fleet, 0, HOURS)
    incidents, alarms = materialised(scored, fleet, [0, *sorted(cuts), HOURS])
    assert incidents.sort("start", "unit_id").equals(whole.incidents)
    assert (
        alarms.drop("incident_id", "fate")
        .sort("unit_id", "window_start")
        .equals(whole.alarms.drop("incident_id", "fate"))
    )
    assert set(incidents["incident_id"]) == set(whole.alarms["incident_id"].drop_nulls())


def test_what_has_lasted_for_longer_than_the_look_back_begins_no_second_incident():
    fleet, scored = hourly(longest="9h"), windows("0" + "9" * 60)
    incidents, alarms = materialised(scored, fleet, [0, 30, 40, 61])
    assert incidents.select("start", "state").rows() == [(START + HOUR, "expired")]
    assert alarms["fate"].to_list() == ["incident"] * 9 + ["lasting"] * 51


@pytest.mark.parametrize(("enough", "same"), [(True, True), (False, False)])
def test_what_came_back_for_a_whole_stretch_and_then_lasted_is_seen_from_its_beginning(enough, same):
    fleet = hourly(longest="12h", recurs_within="3h")
    scored = told("9009009009099999999999000", "a" * 25)
    seen = fleet.incident_lookback if enough else fleet.incident_lookback - 2 * fleet.incidents.longest
    late = raised(scored.filter(pl.col("window_start") >= START + 24 * HOUR - seen), fleet, 24, 25)
    assert late.incidents.equals(raised(scored, fleet, 0, 25).incidents) is same


def test_the_look_back_is_told_by_the_fleets_file():
    short, long = (hourly(longest=longest).incident_lookback for longest in ("1d", "9d"))
    assert long - short == timedelta(days=8)
    assert hourly(recurs_within="1d").incident_lookback > hourly().incident_lookback + timedelta(days=1)
