"""CPU and latency of ``/detect`` beside a bare FastAPI route that only parses the same body: 30 rows x 14 sensors.

    python benchmarks/serving.py [--rounds 5] [--seconds 4] [--kind deviation] [--log-level INFO]

Both are processes of their own with one uvicorn worker each; the bare one has a pydantic model of the body, the service
does all it does for anybody: strict reading, cleaning, features, the release package by onnxruntime, metrics, a line in
the log (into a file). CPU is what the process spent over all its threads, user and system, by /proc, per request
answered; rounds alternate between the two, and a figure is the median of the rounds. Asked by wrk, or, where there is
none, by plain sockets of Python. Latency with one connection is that of a service that nobody else asks.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from anomaly_assets.pipelines import choose_champion, release, train_all
from anomaly_assets_tests.pipelines.plant import Plant, days_prepared
from anomaly_assets_tests.services import free_port
from anomaly_assets_tests.serving.ponds import serving

ROWS, SENSORS, CONNECTIONS = 30, 14, (1, 8, 64)
NAMES = [f"sensor_{number:02d}" for number in range(SENSORS)]
BARE = """
import sys, uvicorn
from datetime import datetime
from fastapi import FastAPI
from pydantic import BaseModel

class Body(BaseModel):
    sensor_id: str
    window: list[list[float]]
    timestamp: datetime

app = FastAPI()

@app.post("/detect")
async def detect(body: Body) -> dict[str, str]:
    return {"sensor_id": body.sensor_id}

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
"""
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*all")
file:close()
"""


@dataclass
class Round:
    """What one round of asking cost: requests, microseconds of CPU a request, latencies in milliseconds."""

    requests: int
    cpu: float
    p50: float
    p99: float
    seconds: float


def installation(root: Path, kind: str) -> Plant:
    """A fleet of 14 sensors at one minute, with the reading and a mean over ten minutes of each."""
    simulation = {
        "days": 3,
        "units": 3,
        "levels": {name: 100.0 + 10 * number for number, name in enumerate(NAMES)},
        "scales": dict.fromkeys(NAMES, 1.0),
        "quiet": "2d",
    }
    plant = Plant(
        root,
        days=3,
        sampling="1m",
        sensors={name: {} for name in NAMES},
        cleaning={"outliers": {"action": "ignore"}, "stuck": {"action": "ignore"}},
        features={"windows": {"10m": {"length": "10m", "statistics": ["mean"]}}},
        training={"window": {"first": "2d"}, "seed": 7},
        detectors={kind: {"kind": kind}},
        simulation=simulation,
    )
    plant.simulated().arrive()
    site, fleet = plant.site(), plant.fleet
    days_prepared(site, fleet, plant.span)
    train_all(site, fleet)
    choose_champion(site, fleet)
    release(site, fleet)
    return plant


def request() -> dict[str, Any]:
    """Ordinary readings, written with four digits as a logger would."""
    window = [
        [round(100.0 + 10 * n + ((7 * n + 13 * row) % 17) / 17, 4) for n in range(SENSORS)] for row in range(ROWS)
    ]
    return {"sensor_id": "unit_01", "window": window, "timestamp": "2024-03-03T12:00:30Z"}


@contextmanager
def bare(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The route that only parses."""
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, over all its threads, those that have ended too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(pid: int, url: str, body: Path, connections: int, seconds: float) -> Round:
    """One round."""
    hammer = by_wrk if shutil.which("wrk") else by_sockets
    before, began = cpu_seconds(pid), time.monotonic()
    requests, p50, p99 = hammer(url, body, connections, seconds)
    return Round(requests, (cpu_seconds(pid) - before) / requests * 1e6, p50, p99, time.monotonic() - began)


def by_wrk(url: str, body: Path, connections: int, seconds: float) -> tuple[int, float, float]:
    """Ask by wrk."""
    script = body.with_suffix(".lua")
    script.write_text(SCRIPT.format(body=body))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "--timeout",
        "30s",
        "-s",
        str(script),
        url,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(told)
    number = re.search(r"(\d+) requests in", told)
    assert number
    return int(number[1]), _milliseconds(told, "50%"), _milliseconds(told, "99%")


def _milliseconds(told: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", told)
    assert found, told
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


def by_sockets(url: str, body: Path, connections: int, seconds: float) -> tuple[int, float, float]:
    """Ask by plain sockets."""
    return asyncio.run(_all(httpx.URL(url), body.read_bytes(), connections, seconds))


async def _all(url: httpx.URL, body: bytes, connections: int, seconds: float) -> tuple[int, float, float]:
    end, spent = time.perf_counter() + seconds, []
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    async def one() -> None:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        while (began := time.perf_counter()) < end:
            writer.write(head.encode() + body)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(told.partition(b"content-length:")[2].split(None, 1)[0]))
            assert told.startswith(b"http/1.1 200"), told
            spent.append(1000 * (time.perf_counter() - began))
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    shares = quantiles(spent, n=100)
    return len(spent), shares[49], shares[98]


def main() -> None:
    """Print a line for every number of connections."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        root, port = Path(folder), free_port()
        plant = installation(root / "plant", options.kind)
        body = root / "body.json"
        body.write_text(json.dumps(request()))
        with bare(port) as plain, serving(plant, root / "log", LOG_LEVEL=options.log_level) as (service, client):
            champion = client.get("/models").json()["champion"]
            urls = {"bare": (plain.pid, f"http://127.0.0.1:{port}/detect")}
            urls["service"] = (service.pid, str(client.base_url.join("/detect")))
            print(
                f"{champion['name']} by {champion['engine']}, {ROWS} x {SENSORS}, {body.stat().st_size:,} bytes a body"
            )
            for connections in CONNECTIONS:
                rounds: dict[str, list[Round]] = {name: [] for name in urls}
                for _ in range(options.rounds):
                    for name, (pid, url) in urls.items():
                        rounds[name].append(asked(pid, url, body, connections, options.seconds))
                tell(connections, rounds)


def tell(connections: int, rounds: dict[str, list[Round]]) -> None:
    """Print the medians of some rounds, and the ratio with its range."""
    for name, made in rounds.items():
        rate = median(one.requests / one.seconds for one in made)
        figures = [median(getattr(one, field) for one in made) for field in ("cpu", "p50", "p99")]
        print(
            f"{connections:3d} connections  {name:8} {figures[0]:7.0f} us CPU a request  {rate:7,.0f} requests/s  "
            f"p50 {figures[1]:7.2f} ms  p99 {figures[2]:7.2f} ms"
        )
    ratios = sorted(own.cpu / other.cpu for own, other in zip(rounds["service"], rounds["bare"], strict=True))
    print(f"{'':16} ratio {median(ratios):.2f} (rounds {ratios[0]:.2f} to {ratios[-1]:.2f})")


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--kind", default="deviation", help="the detector that scores")
    parser.add_argument("--log-level", default="INFO")
    return parser.parse_args()


if __name__ == "__main__":
    main()
