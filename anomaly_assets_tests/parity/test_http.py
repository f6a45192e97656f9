"""``/detect`` and ``/detect/batch`` of a real server say of every window what the Dagster asset says.

One server all along: every version is promoted while it runs, and answers from then on.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from anomaly_assets.pipelines.live import Ask, Live, open_live
from anomaly_assets.registry.release.discovery import exportable_kinds
from anomaly_assets_tests.services import free_port

from .asking import SECOND, one_by_one
from .comparing import require_equal
from .rig import Rig

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

COMMAND = "import sys; from anomaly_assets.cli import main; sys.exit(main())"


@pytest.fixture(scope="module", params=["onnx", "bundle"])
def server(
    request: pytest.FixtureRequest, rig: Rig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    log, port = tmp_path_factory.mktemp("server") / "log", free_port()
    arguments = ["serve", "rig", "--port", str(port), "--engine", request.param]
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            env=os.environ | rig.environment,
            stderr=written,
            stdout=written,
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        try:
            wait_for(client, None, log)
            client.headers["X-Engine"] = request.param
            yield client
        finally:
            process.terminate()
            assert process.wait(60) == 0, log.read_text()


def wait_for(client: httpx.Client, version: str | None, log: Path | None = None) -> None:
    """Wait until a version, or any at all, is in service."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            health = client.get("/health").json()
            if health["model_loaded"] and version in (None, health["model_version"]):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{version} did not come into service: {log.read_text() if log else ''}")


def body(ask: Ask) -> dict[str, Any]:
    """A request as seed and README have it: rows of readings, null where there was none, and the last one's time."""
    rows = [[None if math.isnan(value) else value for value in row] for row in ask.readings.tolist()]
    last = datetime(1970, 1, 1) + timedelta(microseconds=int(ask.times[-1]))
    return {"sensor_id": ask.unit, "window": rows, "timestamp": f"{last.isoformat()}Z"}


def row(answer: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(answer["timestamp"])
    told = {"unit_id": answer["sensor_id"], "window_end": at + timedelta(microseconds=SECOND)}
    return told | {"score": answer["anomaly_score"], "is_anomaly": answer["is_anomaly"]}


@pytest.mark.parametrize("kind", exportable_kinds())
def test_every_window_by_http(server: httpx.Client, rig: Rig, by_assets: dict[str, pl.DataFrame], kind: str) -> None:
    live: Live = open_live(rig.site, "rig", kind)
    rig.site.registry.set_alias("rig", "champion", live.version)
    wait_for(server, live.model_version)
    within = 1e-6 if server.headers["X-Engine"] == "onnx" else 1e-9
    expected = by_assets[live.name]
    bodies = [body(ask) for ask in one_by_one(rig, live, expected)]
    answered = server.post("/detect/batch", json={"windows": bodies})
    assert answered.status_code == 200, answered.text
    assert answered.json()["total_processed"] == len(bodies)
    require_equal(map(row, answered.json()["results"]), expected, within)
    some = [place for place in range(len(bodies)) if place % 10 == 0 or expected["is_anomaly"][place]][:40]
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda place: server.post("/detect", json=bodies[place]), some))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["model_version"] for answer in answers} == {live.model_version}
    require_equal((row(answer.json()) for answer in answers), expected[some], within)
