"""What people and time make of incidents, what is told of units, and what is one event of the fleet."""

from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.incidents import group_incidents, incident_states, unit_states

from .scored import START, hour, hourly, raised, windows

MINUTE = timedelta(minutes=1)
STARTED = {"incident_id": pl.String, "unit_id": pl.String, "start": pl.Datetime("us", "UTC")}


@pytest.mark.parametrize(
    ("acknowledged", "now", "state"),
    [
        (None, 3, "open"),
        (2, 3, "acknowledged"),
        (4, 3, "open"),
        (2, 5, "resolved"),
        (None, 99, "resolved"),
    ],
)
def test_people_acknowledge_and_time_resolves(acknowledged, now, state):
    incidents = raised(windows("999"), hourly(), 0, 3).incidents
    by = incidents.select(
        "incident_id", acknowledged_at=pl.lit(acknowledged and hour(acknowledged), pl.Datetime("us", "UTC"))
    )
    told = incident_states(incidents, pl.concat([by, by]), hour(now), hourly())
    assert told["state"].to_list() == [state]


@pytest.mark.parametrize(("known", "state"), [(3, "acknowledged"), (5, "resolved")])
def test_what_nobody_has_looked_at_resolves_nothing(known, state):
    incidents = raised(windows("999"), hourly(), 0, 3).incidents
    by = incidents.select("incident_id", acknowledged_at=pl.lit(hour(20)))
    told = incident_states(incidents, by, hour(90), hourly(), known=hour(known))
    assert told["state"].to_list() == [state]


def test_what_never_ends_expires_acknowledged_or_not():
    fleet = hourly(longest="3h")
    incidents = raised(windows("99999"), fleet, 0, 5).incidents
    by = incidents.select("incident_id", acknowledged_at=pl.lit(hour(1)))
    assert incident_states(incidents, by, hour(90), fleet)["state"].to_list() == ["expired"]


def test_a_unit_is_told_about_instead_of_silence():
    fleet = hourly(warm_up="3h", longest="4h")
    names = ["new", "lame", "gone", "stuck", "fine"]
    seen = [hour(8), START, START, START, START]
    units = pl.DataFrame({"unit_id": names, "first_seen": seen, "last_seen": [hour(9)] * 2 + [START] + [hour(9)] * 2})
    missing = pl.DataFrame(
        {"unit_id": ["lame", "lame", "fine"], "sensor": ["b", "a", "a"], "missing_share": [0.9, 0.6, 0.5]}
    )
    alarms = raised(windows("999999999", unit="stuck"), fleet, 4, 9, first_seen=units).alarms
    states = unit_states(units, missing, alarms, fleet, hour(9))["state"].to_list()
    assert states == ["warming up", "degraded: sensor a, b missing", "silent", "lasting", "watched"]


def started(*minutes: int, units: int = 9) -> pl.DataFrame:
    rows = [(f"i{place}", f"u{place % units}", START + minute * MINUTE) for place, minute in enumerate(minutes)]
    return pl.DataFrame(rows, schema=STARTED, orient="row")


@pytest.mark.parametrize(
    ("minutes", "grouped"),
    [((0, 10, 30), 3), ((0, 10, 50), 0), ((0, 20, 30, 50), 3), ((0, 10), 0), ((0, 1, 2, 90, 91, 92, 93), 7), ((), 0)],
)
def test_many_units_that_start_together_are_one_event(minutes, grouped):
    groups = group_incidents(started(*minutes), hourly())["group_id"].drop_nulls()
    assert len(groups) == grouped and groups.n_unique() == (2 if grouped == 7 else min(grouped, 1))


def test_one_unit_many_times_is_no_event_of_the_fleet():
    assert group_incidents(started(0, 1, 2, units=1), hourly())["group_id"].null_count() == 3


def test_a_group_is_the_same_from_twice_its_span_before():
    all_of_them = group_incidents(started(0, 25, 50, 75, 200, 201, 202), hourly())
    late = group_incidents(all_of_them.filter(pl.col("start") >= START + 140 * MINUTE), hourly())
    assert late["group_id"].to_list() == all_of_them["group_id"].to_list()[4:]
