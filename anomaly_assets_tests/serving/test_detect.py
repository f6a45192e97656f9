"""``/detect`` and ``/detect/batch`` say what the champion says, to the bit, in exactly the keys that were promised."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from anomaly_assets.pipelines.live import Live
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import Server, expected, told, varied, wait_until

KEYS = ["sensor_id", "timestamp", "anomaly_score", "is_anomaly", "confidence", "model_version", "processing_time_ms"]
Body = dict[str, Any]


def events_of(server: Server) -> pl.DataFrame:
    assert server.service.recorder.flush(30)
    return server.service.recorder.store.events(limit=100_000)


def test_a_window_is_answered_in_seven_keys_with_the_champions_own_words(
    server: Server, live: Live, body: Body
) -> None:
    answer = server.detect(body)
    assert answer.status_code == 200 and list(answer.json()) == KEYS
    assert told(answer.json()) == expected(live, body)[0]
    assert {key: answer.json()[key] for key in ("sensor_id", "timestamp")} == {key: body[key] for key in KEYS[:2]}
    assert answer.json()["model_version"] == live.model_version
    assert answer.json()["processing_time_ms"] > 0


def test_the_score_is_that_of_the_scores_table(server: Server, plant: Plant, body: Body) -> None:
    scores = plant.site().warehouse.read(plant.site().table(plant.fleet, "scores"), units=[body["sensor_id"]])
    at = datetime.fromisoformat(body["timestamp"])
    row = scores.filter(pl.col("window_start") <= at, pl.col("window_end") > at).to_dicts()[0]
    answer = server.detect(body).json()
    assert (answer["anomaly_score"], answer["is_anomaly"]) == (row["score"], row["is_anomaly"])


def test_a_batch_is_answered_window_by_window(server: Server, live: Live, body: Body) -> None:
    bodies = [varied(body, number) for number in range(40)]
    answer = server.client.post("/detect/batch", json={"windows": bodies}).json()
    assert answer["total_processed"] == 40 and list(answer) == ["results", "total_processed"]
    assert [list(result) for result in answer["results"]] == [KEYS] * 40
    assert list(map(told, answer["results"])) == expected(live, *bodies)
    assert [result["timestamp"] for result in answer["results"]] == [one["timestamp"] for one in bodies]


def test_rows_may_come_with_instants_of_their_own(server: Server, live: Live, body: Body) -> None:
    sampling, last = live.fleet.sampling, datetime.fromisoformat(body["timestamp"])
    times = [last - sampling * (len(body["window"]) - 1 - row) for row in range(len(body["window"]))]
    silent = [row for row, readings in enumerate(body["window"]) if row % 7 == 3 and row < len(times) - 1]
    thinned = [list(readings) for readings in body["window"]]
    for row in silent:
        thinned[row] = [None, None]
    spoken = [row for row in range(len(times)) if row not in silent]
    told_times = body | {
        "window": [body["window"][row] for row in spoken],
        "times": [times[row].isoformat() for row in spoken],
    }
    assert told(server.detect(told_times).json()) == told(server.detect(body | {"window": thinned}).json())


def test_a_silence_before_a_recording_begins_is_told_by_rows_of_null(server: Server, live: Live, body: Body) -> None:
    late = body | {"window": [[None, None]] * 20 + body["window"][20:]}
    answer = server.detect(late)
    assert answer.status_code == 200 and told(answer.json()) == expected(live, late)[0]


def test_what_alarms_is_on_the_disk_before_it_is_answered(
    start: Callable[..., Server], copy: Plant, body: Body
) -> None:
    server = start(copy)
    answers = [server.detect(varied(body, number)).json() for number in range(3)]
    assert all(answer["is_anomaly"] for answer in answers)
    calm = body | {"window": [[8.0, 15.0]] * len(body["window"])}
    assert server.detect(calm).json()["is_anomaly"] is False
    rows = events_of(server).sort("detected_at").to_dicts()
    assert [(row["anomaly_score"], row["is_anomaly"], row["confidence"]) for row in rows] == list(map(told, answers))
    assert {(row["fleet"], row["sensor_id"]) for row in rows} == {("ponds", body["sensor_id"])}
    assert [row["detected_at"] for row in rows] == [datetime.fromisoformat(a["timestamp"]) for a in answers]
    assert {row["model_version"] for row in rows} == {answers[0]["model_version"]}


def test_the_same_window_asked_twice_is_one_event(start: Callable[..., Server], copy: Plant, body: Body) -> None:
    server = start(copy)
    assert server.detect(body).json()["is_anomaly"] and server.detect(body).json()["is_anomaly"]
    assert events_of(server).height == 1


@pytest.mark.parametrize("wrong", [{"sensor_id": "nobody"}, {"window": [[None, None]] * 200}, {"timestamp": "soon"}])
def test_one_window_that_is_wrong_refuses_the_batch_by_its_place_and_changes_nothing(
    start: Callable[..., Server], copy: Plant, body: Body, wrong: Body
) -> None:
    server = start(copy)
    bodies = [varied(body, 1), varied(body, 2), body | wrong, varied(body, 3)]
    answer = server.client.post("/detect/batch", json={"windows": bodies})
    assert answer.status_code == 422 and "windows[2]" in answer.text
    assert events_of(server).is_empty()


def test_a_unit_that_nobody_knows_is_scored_where_the_installation_says_so(
    start: Callable[..., Server], copy: Plant, live: Live, body: Body
) -> None:
    stranger = body | {"sensor_id": "pond of a neighbour"}
    assert start(copy).detect(stranger).status_code == 422
    answer = start(copy, unknown_units="score").detect(stranger)
    assert answer.status_code == 200 and told(answer.json()) == expected(live, stranger)[0]


def test_with_the_database_away_windows_are_answered_and_the_service_says_what_is_wrong(
    start: Callable[..., Server], copy: Plant, body: Body
) -> None:
    server = start(copy, events="postgresql://somebody:s3cret@127.0.0.1:1/nowhere")
    assert server.detect(body).json()["is_anomaly"]
    wait_until(lambda: server.client.get("/health").json()["status"] == "degraded")
    assert server.client.get("/ready").status_code == 200
    assert server.measured("anomaly_assets_events_waiting") == 1
    refused = server.client.get("/incidents")
    assert refused.status_code == 503 and refused.json()["wrong"] and "s3cret" not in refused.text
    assert server.detect(body).status_code == 200
