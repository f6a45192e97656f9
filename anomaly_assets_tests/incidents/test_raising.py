"""Alarms become incidents by the rules of the fleet's file."""

import polars as pl
import pytest

from anomaly_assets.errors import IncidentError
from anomaly_assets.incidents import raise_incidents, reduction

from .scored import HOUR, REFERENCES, START, hour, hourly, raised, spans, windows


@pytest.mark.parametrize(
    ("rules", "scores", "expected"),
    [
        ({}, "0990900900", [(1, 5), (7, 8)]),
        ({"merge_gap": "2h"}, "0990900900", [(1, 8)]),
        ({"alarms": 2, "of": 3}, "0900090900000", [(5, 8)]),
        ({"alarms": 2, "of": 3, "merge_gap": "9h"}, "090009090", [(1, 8)]),
        ({"alarms": 2, "of": 2, "severe": 80}, "0600900600", [(4, 5)]),
        ({"alarms": 2, "of": 2, "severe": 80, "merge_gap": "2h"}, "0600906000", [(1, 7)]),
        ({"clear": 0.8, "linger": "2h"}, "9555550009", [(0, 3), (9, 10)]),
        ({"clear": 0.8, "linger": "9h"}, "9555550000", [(0, 6)]),
        ({"clear": 0.8, "linger": "9h"}, "55559", [(4, 5)]),
        ({"hold_off": "4h"}, "9000990000", [(0, 1), (5, 6)]),
        ({"hold_off": "4h"}, "90009000900", [(0, 1), (8, 9)]),
        ({"longest": "3h"}, "9999990009", [(0, 3), (9, 10)]),
        ({}, "9    9", [(0, 1), (5, 6)]),
        ({}, "5555", []),
        ({}, "", []),
    ],
)
def test_incidents_begin_and_end_by_the_rules(rules, scores, expected):
    found = raised(windows(scores), hourly(**rules))
    assert [(start, end) for _, start, end in spans(found)] == expected
    assert found.alarms.height == sum(score in "6789" for score in scores)


def test_an_incident_is_told_by_its_peak_and_raised_by_its_first_window():
    scored = windows("797", threshold=[5.0, 6.0, 6.5], sensor_1=["a", "b", "a"], observed_1=[1.0, 2.0, 3.0])
    kinds = scored.with_columns(anomaly_kind=pl.Series(["point", "collective", "point"]))
    row = raised(kinds, hourly()).incidents.row(0, named=True)
    assert (row["peak_score"], row["sensor_1"], row["observed_1"], row["threshold"]) == (9.0, "b", 2.0, 5.0)
    assert (row["anomaly_kind"], row["alarms"], row["bursts"], row["model_version"]) == ("point", 3, 1, 1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"side": "above"}, "incident"),
        ({"side": "below"}, "side"),
        ({"deviation": 2.0}, "incident"),
        ({"deviation": 2.1}, "deviation"),
        ({"range": [0, 2]}, "incident"),
    ],
)
def test_an_alarm_must_show_what_the_sensor_most_to_blame_is_asked_for(rule, expected):
    blamed = {"sensor_1": "a", "feature_1": "mean_1h", "observed_1": 3.0, "expected_1": 1.0, "direction_1": "above"}
    found = raised(windows("9", **blamed), hourly(sensors={"a": rule}))
    assert found.alarms["fate"].to_list() == [expected]
    assert (
        found.incidents["anomaly_kind"].to_list()
        == (["sensor_fault"] if "range" in rule else [None])[: len(found.incidents)]
    )
    told_nothing = raised(windows("9", sensor_1="a"), hourly(sensors={"a": rule}))
    assert told_nothing.alarms["fate"].to_list() == ["incident"]


def test_alarms_in_maintenance_are_counted_and_raise_nothing():
    work = [{"start": "2024-03-01T03:00:00+01:00", "end": "2024-03-01T05:00:00+01:00", "units": ["u"]}]
    both = pl.concat([windows("99999"), windows("99999", unit="v")])
    found = raised(both, hourly(maintenance=work, merge_gap="1h"))
    assert spans(found) == [("u", 0, 2), ("v", 0, 5), ("u", 4, 5)]
    assert found.alarms.filter(unit_id="u")["fate"].to_list() == ["incident"] * 2 + ["maintenance"] * 2 + ["incident"]


def test_units_that_warm_up_and_windows_of_missing_readings_raise_nothing():
    first = pl.DataFrame({"unit_id": ["u"], "first_seen": [START]})
    found = raised(windows("999", missing_share=[0, 0, 0.95]), hourly(warm_up="1h"), first_seen=first)
    assert found.alarms["fate"].to_list() == ["warming up", "incident", "degraded"]
    with pytest.raises(IncidentError, match="first seen"):
        raised(windows("9"), hourly(warm_up="1h"))


def test_a_version_without_reference_scores_is_refused():
    with pytest.raises(IncidentError, match="version 7"):
        raised(windows("9", model_version=7), hourly())


def test_an_incident_is_open_while_it_can_go_on_and_expires_when_it_never_ends():
    scored, fleet = windows("9999000000"), hourly()
    assert [raised(scored, fleet, 0, end).incidents["state"].to_list() for end in (2, 5, 6)] == [
        ["open"],
        ["open"],
        ["resolved"],
    ]
    assert raised(scored, hourly(longest="3h"), 0, 5).incidents["state"].to_list() == ["expired"]


def test_an_incident_keeps_its_name_and_its_start_as_it_goes_on():
    scored, fleet = windows("0099599990"), hourly(alarms=2, of=3)
    known = [raised(scored, fleet, 0, end).incidents.select("incident_id", "start").rows() for end in range(4, 11)]
    assert all(rows == known[0] for rows in known) and len(known[0]) == 1
    assert raised(scored, fleet, 0, 3).incidents.is_empty()


def test_reduction_counts_what_became_of_every_alarm():
    told = reduction(raised(windows("9909000900"), hourly(alarms=2, of=2)))
    assert (told.alarms, told.incidents, told.per_incident, told.chatter) == (4, 1, 4.0, 2.0)
    assert told.fates == {"incident": 3, "not persistent": 1}
    assert reduction(raised(windows("00"), hourly())).per_incident is None


def test_units_are_strangers():
    both = pl.concat([windows("9", unit="v"), windows("09"), windows("9", unit="w")])
    found = raise_incidents(both, hourly(merge_gap="9h"), REFERENCES, start=START, end=START + 9 * HOUR)
    assert spans(found) == [("v", 0, 1), ("w", 0, 1), ("u", 1, 2)]
    assert found.incidents["incident_id"].n_unique() == 3
    assert hour(1) in found.incidents["start"].to_list()
