"""``anomaly-assets serve`` as a process: what it loads, how it ends, and what it says when it can't begin."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.pipelines.live import open_live
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import COMMAND, PATIENCE, environment, expected, serving, told, wait_until

HEAVY = ("torch", "sklearn", "dagster", "matplotlib", "paho")
TELLING = f"""
import atexit, sys
atexit.register(lambda: print("LOADED", *(name for name in {HEAVY!r} if name in sys.modules)))
{COMMAND}
"""
"""The command, and at its end which heavy libraries it has loaded."""


def command(plant: Plant, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    called = [sys.executable, "-c", COMMAND, "serve", *words]
    return subprocess.run(called, env=environment(plant, **more), capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.slow
def test_a_release_package_is_served_without_torch_and_scikit_learn_as_the_environment_says(
    copy: Plant, tmp_path: Path, body: dict[str, Any]
) -> None:
    log = tmp_path / "log"
    settings = {"API_HOST": "127.0.0.1", "MAX_BATCH_SIZE": "2", "LOG_LEVEL": "WARNING", "ANOMALY_API_KEYS": "k-1,k-2"}
    with serving(copy, log, command=TELLING, **settings) as (process, client):
        assert client.post("/detect", json=body).status_code == 401
        client.headers["X-API-Key"] = "k-2"
        assert client.get("/models").json()["champion"]["engine"] == "onnx"
        assert client.post("/detect/batch", json={"windows": [body] * 2}).json()["results"][0]["is_anomaly"]
        assert client.post("/detect/batch", json={"windows": [body] * 3}).status_code == 422
        for path in ("/metrics", "/incidents", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200
        process.terminate()
        assert process.wait(PATIENCE) == 0, log.read_text()
    assert log.read_text().splitlines()[-1] == "LOADED"
    assert "request" not in log.read_text() and "k-1" not in log.read_text()


@pytest.mark.parametrize("detector", ["deviation", "hotelling_t2_q"])
def test_bundle_and_package_say_the_same(plant: Plant, body: dict[str, Any], detector: str) -> None:
    opened = [open_live(plant.site(), "ponds", detector, engine) for engine in ("onnx", "bundle")]
    package, bundle = (expected(live, body)[0] for live in opened)
    assert package[1] == bundle[1] and package[0] == pytest.approx(bundle[0], rel=1e-6)


def half_a_request(address: tuple[str, int], body: bytes) -> socket.socket:
    """A request of which the end is missing yet."""
    head = f"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    one = socket.create_connection(address)
    one.sendall(head.encode() + body[: len(body) // 2])
    return one


def answer_of(one: socket.socket) -> tuple[int, dict[str, Any]]:
    one.settimeout(PATIENCE)
    text = b""
    while read := one.recv(65536):
        text += read
    head, _, told_ = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(told_)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_answers_what_is_under_way_and_ends_in_order(
    copy: Plant, tmp_path: Path, body: dict[str, Any], number: int
) -> None:
    log, raw = tmp_path / "log", json.dumps(body).encode()
    with serving(copy, log) as (process, client):
        address = (str(client.base_url.host), int(client.base_url.port or 0))
        asked_before = told(client.post("/detect", json=body).json())
        begun = [half_a_request(address, raw) for _ in range(20)]
        wait_until(lambda: 'requests_under_way{fleet="ponds"} 21.0' in client.get("/metrics").text)
        process.send_signal(number)
        wait_until(lambda: refuses(address))
        assert process.poll() is None
        for one in begun:
            one.sendall(raw[len(raw) // 2 :])
        answers = [answer_of(one) for one in begun]
        assert [status for status, _ in answers] == [200] * 20
        assert {told(answer) for _, answer in answers} == {asked_before}
        assert process.wait(PATIENCE) == 0, log.read_text()
    assert "Traceback" not in log.read_text()


def refuses(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        return True
    return False


def test_a_port_that_is_taken_a_fleet_that_is_none_and_a_wrong_setting_are_told(copy: Plant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = command(copy, "ponds", "--port", port)
    assert refused.returncode == 2 and f"127.0.0.1:{port}" in refused.stderr and "--port" in refused.stderr
    unknown = command(copy, "lakes", "--port", "0")
    assert unknown.returncode == 2 and "there is no fleet 'lakes'" in unknown.stderr
    wrong = command(copy, "ponds", API_PORT="eighty")
    assert wrong.returncode == 2 and "API_PORT" in wrong.stderr


def test_an_example_is_printed_that_the_champion_answers(copy: Plant, body: dict[str, Any]) -> None:
    printed = command(copy, "ponds", "--example")
    assert printed.returncode == 0 and json.loads(printed.stdout) == body
