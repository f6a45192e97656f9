"""What messages say is read; what can't be read is told apart by a rule, and costs nothing that can."""

import json
import math
from array import array
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import RealtimeConfig
from anomaly_assets.realtime.payloads import Heard, Reader
from anomaly_assets.realtime.topics import Topics
from anomaly_assets_tests.conftest import small_fleet

MOMENT = datetime(2024, 1, 15, 9, 23, 11, tzinfo=UTC)
TIME = int(MOMENT.timestamp()) * 1_000_000
NOW = TIME + 3_600_000_000


def reader(topic: str = "x/{unit}", **changes: Any) -> Reader:
    fleet = small_fleet(**changes)
    return Reader(fleet, Topics(fleet, RealtimeConfig(topic=topic)), most_bytes=10_000)


def heard(said: Any, topic: str = "x/7", **changes: Any) -> Heard:
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return reader(**changes).read(topic, payload, NOW)


def cells(told: Heard) -> list[list[float]]:
    return [list(array("d", reading.cells)) for reading in told.readings]


def item(**changes: Any) -> dict[str, Any]:
    return {"time": "2024-01-15T09:23:11Z", "seq": 4, "values": {"a": 1.5, "b": -2}} | changes


def test_a_reading_is_what_was_said() -> None:
    told = heard(item())
    (reading,) = told.readings
    assert (reading.unit, reading.topic, reading.time, reading.seq) == ("7", "x/7", TIME, 4)
    assert cells(told) == [[1.5, -2.0]] and told.rejects == []


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("2024-01-15T09:23:11Z", TIME),
        ("2024-01-15T10:23:11+01:00", TIME),
        ("2024-01-15 09:23:11", TIME),
        ("2024-01-15T09:23:11.000001Z", TIME + 1),
        (TIME // 1_000_000, TIME),
        (TIME / 1e6 + 0.25, TIME + 250_000),
    ],
)
def test_moments_are_read_to_the_microsecond(said: Any, time: int) -> None:
    assert heard(item(time=said)).readings[0].time == time


def test_a_moment_without_a_zone_is_of_the_fleet_s() -> None:
    source = {"format": "table", "folder": "raw", "time_zone": "Europe/Oslo"}
    assert heard(item(time="2024-01-15T10:23:11"), source=source).readings[0].time == TIME


def test_a_topic_may_name_the_sensor() -> None:
    told = reader("x/{unit}/{sensor}").read("x/7/b", b'{"time": 1705310591, "value": 3}', NOW)
    assert math.isnan(cells(told)[0][0]) and cells(told)[0][1] == 3
    assert (
        reader("x/{unit}/{sensor}").read("x/7/c", b'{"time": 1, "value": 3}', NOW).rejects[0].rule == "unknown_sensor"
    )


def test_a_message_may_hold_several_readings_and_one_that_is_broken() -> None:
    told = heard([item(seq=1), item(time="soon", seq=2), item(seq=3)])
    assert [reading.seq for reading in told.readings] == [1, 3]
    assert [reject.rule for reject in told.rejects] == ["bad_time"]


@pytest.mark.parametrize("value", ["1.5", True, [1], {}, "NaN"])
def test_a_cell_that_is_no_number_costs_no_other(value: Any) -> None:
    told = heard(item(values={"a": value, "b": 2}))
    assert math.isnan(cells(told)[0][0]) and cells(told)[0][1] == 2
    assert [reject.rule for reject in told.rejects] == ["not_a_number"]


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9" * 400])
def test_a_number_that_is_not_finite_is_none(text: bytes) -> None:
    told = heard(b'{"time": 1705310591, "values": {"a": ' + text + b', "b": 2}}')
    assert cells(told)[0][1] == 2 and told.rejects[0].rule == "not_a_number"


def test_silence_may_be_said() -> None:
    source = {"format": "table", "folder": "raw", "sentinels": [-9999]}
    told = heard(item(values={"a": None, "b": -9999}), source=source)
    assert all(math.isnan(cell) for cell in cells(told)[0]) and told.rejects == []


def test_a_sensor_may_be_called_as_in_the_raw_files() -> None:
    sensors = {"a": {"column": "b"}, "b": {"column": "DO_mg"}}
    assert cells(heard(item(values={"DO_mg": 3, "a": 1}), sensors=sensors)) == [[1, 3]]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 5000, "not_json"),
        (b'{"time": ' + b"9" * 5000 + b"}", "not_json"),
        (b"[]", "says_nothing"),
        (b"17", "not_an_object"),
        (b"null", "not_an_object"),
        ({"values": {"a": 1}}, "bad_time"),
        (item(time="yesterday"), "bad_time"),
        (item(time=True), "bad_time"),
        (item(time=1e300), "bad_time"),
        (item(time="1899-12-31T00:00:00Z"), "bad_time"),
        (item(time=1705310591000), "bad_time"),
        (item(time="2024-01-15T10:29:00Z"), "far_future"),
        ({"time": 1}, "no_values"),
        (item(values=[1, 2]), "no_values"),
        (item(values={}), "says_nothing"),
        (item(values={"c": 1}), "unknown_sensor"),
        ({"time": 1, "values": {"a": 1}, "more": "x" * 10_000}, "too_long"),
    ],
)
def test_what_says_nothing_is_told_apart(said: Any, rule: str) -> None:
    told = heard(said)
    assert told.readings == [] and told.rejects[0].rule == rule
    assert all(len(reject.found) < 300 for reject in told.rejects)


@pytest.mark.parametrize("seq", [-1, 1.5, "4", True, 2**63])
def test_a_number_that_is_none_costs_no_reading(seq: Any) -> None:
    told = heard(item(seq=seq))
    assert told.readings[0].seq == -1 and told.rejects[0].rule == "bad_seq"


def test_a_topic_without_a_name_is_nobody_s() -> None:
    assert heard(item(), topic="x/ ").rejects[0].rule == "bad_unit"


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(payload: bytes) -> None:
    told = heard(payload)
    assert told.rejects or told.readings


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["time", "values", "a", "seq"]), inner),
    max_leaves=8,
)


@given(ANYTHING)
def test_no_json_is_too_strange(said: Any) -> None:
    told = heard(said)
    assert told.rejects or told.readings
    assert all(len(reading.cells) == 16 for reading in told.readings)
