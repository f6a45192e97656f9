"""A body is understood whole, or refused with one sentence that names the first fault and its place."""

import json
from typing import Any

import pytest

from anomaly_assets.serving.reading import read_body
from anomaly_assets.serving.refusals import Refusal
from anomaly_assets.serving.schemas import Acknowledgement, Detect, DetectBatch

TYPE = "application/json"
GOOD = {"sensor_id": "pump", "window": [[1.5, None], [2, -3e5]], "timestamp": "2024-01-15T09:23:11Z"}


def raw(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def cell(text: str) -> bytes:
    return raw().replace(b"1.5", text.encode(), 1)


def refused(body: bytes, kind: Any = Detect, said: str = TYPE) -> Refusal:
    with pytest.raises(Refusal) as found:
        read_body(kind, body, said)
    assert found.value.status == 422
    return found.value


def test_what_is_well_formed_is_read() -> None:
    read = read_body(Detect, raw(times=["2024-01-15T09:22:11Z", "2024-01-15T09:23:11Z"]), f"{TYPE}; charset=utf-8")
    assert (read.sensor_id, read.window, len(read.times or [])) == ("pump", [[1.5, None], [2.0, -3e5]], 2)
    batch = read_body(DetectBatch, json.dumps({"windows": [GOOD, GOOD]}).encode(), TYPE)
    assert batch.windows == [read_body(Detect, raw(), TYPE)] * 2


@pytest.mark.parametrize("name", ['pump "7"', "Pumpe Süd", "ポンプ", "\U0001f41f", "a\\b", 'sensor_id": "'])
def test_any_name_is_read_however_it_is_written(name: str) -> None:
    for written in (raw(sensor_id=name), json.dumps(GOOD | {"sensor_id": name}, ensure_ascii=False).encode()):
        assert read_body(Detect, written, TYPE).sensor_id == name


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "1" * 400])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    told = refused(cell(text)).told
    assert told.wrong.startswith("window[0][0]") and "finite" in told.expected


@pytest.mark.parametrize("text", ['"0.5"', "true", "false", "[1]", "{}", '""'])
def test_nothing_is_taken_for_a_number(text: str) -> None:
    told = refused(cell(text)).told
    assert told.wrong.startswith("window[0][0]") and "a number" in told.expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        cell("1" * 5000),
        cell("01"),
        cell("1."),
        cell("0x1"),
        cell("'1'"),
        raw()[:-1],
        raw() + b"x",
        raw() + raw(),
        b"\xef\xbb\xbf" + raw(),
        raw().decode().encode("utf-16"),
        raw().replace(b"pump", b"\xff\xfe"),
        raw().replace(b"pump", rb"\ud800"),
        raw().replace(b"pump", rb"\udc00\ud800"),
        raw().replace(b"pump", b"\x00"),
        raw().replace(b"pump", rb"\x"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refused(body).told.wrong == "the body is not JSON"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"null", "the body"),
        (b"[]", "the body"),
        (b"7", "the body"),
        (raw(sensor_id=7), "sensor_id"),
        (raw(sensor_id=""), "sensor_id"),
        (raw(sensor_id="a\u0000b"), "sensor_id"),
        (raw(sensor_id="x" * 300), "sensor_id"),
        (raw(window=None), "window"),
        (raw(window=[1, 2]), "window[0]"),
        (raw(window=[[1], "a"]), "window[1]"),
        (raw(timestamp=1e30), "timestamp"),
        (raw(timestamp="1" * 10_000), "timestamp"),
        (raw(times="now"), "times"),
        (raw(times=[1]), "times[0]"),
        (raw(score=1), "score"),
        (json.dumps({"window": [[1]], "timestamp": ""}).encode(), "sensor_id"),
    ],
)
def test_what_is_something_else_is_refused_by_its_place(body: bytes, place: str) -> None:
    told = refused(body).told
    assert told.wrong.startswith(f"{place} is ") and len(str(told)) < 400


@pytest.mark.parametrize("key", ["sensor_id", "window", "timestamp"])
def test_a_key_that_stands_there_twice_is_refused(key: str) -> None:
    doubled = b"{" + json.dumps({key: GOOD[key]}).encode()[1:-1] + b"," + raw()[1:]
    assert f"{key} stands there twice" in refused(doubled).told.wrong
    hidden = doubled.replace(key.encode(), key.replace("_", "\\u005f").replace("w", "\\u0077").encode(), 1)
    assert f"{key} stands there twice" in refused(hidden).told.wrong
    batch = b'{"windows": [' + raw() + b"," + doubled + b"]}"
    assert f"{key} stands there twice" in refused(batch, DetectBatch).told.wrong


@pytest.mark.parametrize("said", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
def test_what_is_not_said_to_be_json_is_refused(said: str) -> None:
    assert "Content-Type" in refused(raw(), said=said).told.remedy


def test_one_fault_of_a_million_is_told() -> None:
    body = raw(window=[["x"] * 100] * 10_000)
    assert refused(body).told.wrong == "window[0][0] is not what it should be"


def test_a_fault_in_a_batch_is_told_by_its_window() -> None:
    body = json.dumps({"windows": [GOOD, GOOD | {"window": [[1, True]]}]}).encode()
    assert refused(body, DetectBatch).told.wrong == "windows[1].window[0][1] is not what it should be"
    assert "one at least" in refused(b'{"windows": []}', DetectBatch).told.expected


def test_a_note_may_be_long_and_no_longer() -> None:
    assert read_body(Acknowledgement, b'{"by": "Kim", "note": "a\\nb"}', TYPE).note == "a\nb"
    assert refused(json.dumps({"by": "Kim", "note": "x" * 5000}).encode(), Acknowledgement).told.wrong.startswith(
        "note"
    )
