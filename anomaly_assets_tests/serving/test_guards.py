"""Keys, rates, sizes, ids and logs of a real server."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import JSON, Server, promote, wait_until

FACTS = ["wrong", "found", "expected", "remedy", "request_id"]
SECRET = "a-key-nobody-must-read-anywhere"
Body = dict[str, Any]
Start = Callable[..., Server]


def test_every_refusal_has_one_shape(server: Server, body: Body) -> None:
    refusals = [
        server.client.get("/nowhere"),
        server.client.get("/detect"),
        server.client.post("/detect", content=b"{", headers=JSON),
        server.client.post("/detect", content=b"x" * 10_000_000, headers=JSON),
        server.client.get("/incidents?limit=none"),
        server.client.post("/incidents/none/acknowledge", json={"by": "Kim"}),
    ]
    assert [one.status_code for one in refusals] == [404, 405, 422, 413, 422, 404]
    for one in refusals:
        assert list(one.json()) == FACTS and one.json()["wrong"]
        assert one.json()["request_id"] == one.headers["X-Request-ID"]


def test_without_a_key_nothing_is_scored_and_probes_answer(start: Start, body: Body) -> None:
    server = start(keys=[SECRET, "another"])
    for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": f"Basic {SECRET}"}):
        refused = server.detect(body, **headers)
        assert refused.status_code == 401 and list(refused.json()) == FACTS
    for headers in ({"X-API-Key": SECRET}, {"Authorization": "Bearer another"}):
        assert server.detect(body, **headers).status_code == 200
    assert server.client.get("/models").status_code == server.client.get("/incidents").status_code == 401
    assert server.client.get("/detect/../models").status_code == 401
    for path in ("/health", "/ready", "/metrics", "/docs", "/openapi.json"):
        assert server.client.get(path).status_code == 200
    assert server.client.get("/openapi.json").json()["security"] == [{"key": []}]


def test_logs_are_json_with_the_id_and_never_with_a_key_a_query_or_a_reading(start: Start, body: Body) -> None:
    server = start(keys=[SECRET])
    server.detect(body, **{"X-API-Key": SECRET, "X-Request-ID": "order-7"})
    server.detect(body, Authorization=f"Bearer {SECRET}")
    server.detect(body, **{"X-API-Key": f"{SECRET}x"})
    server.client.get(f"/models?key={SECRET}", headers={"X-API-Key": SECRET})
    text = wait_until(lambda: server.log.getvalue() if server.log.getvalue().count("\n") == 4 else None)
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["status"] for line in lines] == [200, 200, 401, 200]
    assert lines[0]["request_id"] == "order-7" and lines[0]["caller"] == "key 1" and lines[0]["ms"] > 0
    assert {line["path"] for line in lines} == {"/detect", "/models"}
    assert SECRET not in text and str(body["window"][0][0]) not in text


@pytest.mark.parametrize("given", ["", "two words", "x" * 500, "a\tb", "é"])
def test_an_id_that_no_log_should_hold_is_replaced(server: Server, given: str) -> None:
    answered = server.client.get("/health", headers={"X-Request-ID": given.encode("latin-1")})
    assert len(answered.headers["X-Request-ID"]) == 32


def test_who_asks_too_often_is_refused_and_probes_answer(start: Start, body: Body) -> None:
    server = start(keys=[SECRET, "another"], rate={"per_second": 0.01, "burst": 3})
    statuses = [server.detect(body, **{"X-API-Key": SECRET}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = server.detect(body, **{"X-API-Key": SECRET})
    assert int(refused.headers["Retry-After"]) > 1 and list(refused.json()) == FACTS
    assert server.detect(body, **{"X-API-Key": "another"}).status_code == 200
    assert [server.client.get("/health").status_code for _ in range(10)] == [200] * 10


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 10_000):
        yield b" " * 10_000


def test_a_body_that_is_too_long_is_refused_said_or_unsaid(start: Start, body: Body) -> None:
    server = start(most_bytes=100_000)
    said = server.client.post("/detect", content=b" " * 100_001, headers=JSON)
    unsaid = server.client.post("/detect", content=chunks(150_000), headers=JSON)
    assert [said.status_code, unsaid.status_code] == [413, 413]
    assert "100000 bytes" in said.json()["expected"] and list(unsaid.json()) == FACTS
    within = server.client.post("/detect", content=chunks(90_000), headers=JSON)
    assert within.status_code == 422 and "not JSON" in within.text
    assert server.detect(body).status_code == 200


def test_more_windows_than_are_taken_at_once_are_refused(start: Start, body: Body) -> None:
    server = start(most_windows=3)
    assert server.client.post("/detect/batch", json={"windows": [body] * 3}).status_code == 200
    refused = server.client.post("/detect/batch", json={"windows": [body] * 4})
    assert refused.status_code == 422 and "4 windows" in refused.text and "3 at most" in refused.text


def test_who_hangs_up_in_the_middle_breaks_nothing(server: Server, body: Body) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for sent in (
        b"POST /detect HTTP/1.1\r\n",
        b"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{",
        b"\x16\x03",
    ):
        with socket.create_connection((host, int(port))) as one:
            one.sendall(sent)
    assert server.detect(body).status_code == 200


def test_what_nobody_expected_is_told_without_what_it_was(start: Start, body: Body) -> None:
    server = start()

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret of the house")

    server.service.desk.verdicts = broken  # type: ignore[method-assign, assignment]
    refused = server.detect(body)
    assert refused.status_code == 500 and list(refused.json()) == FACTS and "secret" not in refused.text
    del server.service.desk.verdicts
    assert server.detect(body).status_code == 200


def test_a_server_without_a_champion_says_so_and_finds_the_first_one(start: Start, copy: Plant, body: Body) -> None:
    registry = copy.site().registry
    registry._tracking.write(lambda client: client.delete_registered_model_alias("ponds", "champion"))
    shutil.rmtree(copy.home / "releases")
    server = start(copy)
    health = server.client.get("/health")
    assert (health.status_code, health.json()) == (
        200,
        {"status": "degraded", "model_loaded": False, "model_version": None},
    )
    for refused in (server.client.get("/ready"), server.detect(body)):
        assert refused.status_code == 503 and refused.headers["Retry-After"] and list(refused.json()) == FACTS
        assert "no model of ponds is loaded yet" in refused.text
    assert server.client.get("/models").json()["champion"] is None
    assert server.client.get("/openapi.json").status_code == server.client.get("/docs").status_code == 200
    name = promote(copy, "deviation")
    wait_until(lambda: server.client.get("/ready").status_code == 200)
    assert server.client.get("/health").json() == {"status": "healthy", "model_loaded": True, "model_version": name}
    assert server.detect(body).json()["model_version"] == name
    assert server.client.get("/models").json()["champion"]["engine"] == "bundle"
