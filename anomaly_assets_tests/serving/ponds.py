"""Two ponds with two released versions, behind a real server: in a thread of the test, or in a process of its own."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from anomaly_assets.config import ServingConfig
from anomaly_assets.pipelines import choose_champion, release, train_all
from anomaly_assets.pipelines.live import Live, open_live
from anomaly_assets.serving import Service, listen, make_app
from anomaly_assets.serving.asking import Form
from anomaly_assets.serving.examples import example_of
from anomaly_assets.serving.logs import RequestLog
from anomaly_assets.serving.schemas import Detect
from anomaly_assets.serving.server import web_server
from anomaly_assets_tests.pipelines.plant import Plant, days_prepared, days_scored

PATIENCE = 60.0
DETECTORS = {"deviation": {"kind": "deviation"}, "hotelling_t2_q": {"kind": "hotelling_t2_q"}}
JSON = {"Content-Type": "application/json"}
COMMAND = "import sys; from anomaly_assets.cli import main; sys.exit(main())"


def made(root: Path, *, released: bool = True, **changes: Any) -> Plant:
    """A plant with a champion and scored days; every version is released, if any is."""
    plant = Plant(root, days=16, detectors=DETECTORS, **changes).simulated().arrive()
    site, fleet = plant.site(), plant.fleet
    days_prepared(site, fleet, plant.span)
    train_all(site, fleet)
    choose_champion(site, fleet)
    days_scored(site, fleet, plant.span)
    for version in site.registry.versions("ponds") if released else ():
        release(site, fleet, version.version)
    return plant


def promote(plant: Plant, detector: str) -> str:
    """Make a version champion; gives the name that answers carry."""
    site = plant.site()
    version = site.registry.get("ponds", detector)
    site.registry.set_alias("ponds", "champion", version.version, "a test")
    return f"{version.detector}_v{version.version}"


def lives(plant: Plant) -> dict[str, Live]:
    """Every version in service, by the name that answers carry."""
    site = plant.site()
    opened = [open_live(site, "ponds", version.version) for version in site.registry.versions("ponds")]
    return {live.model_version: live for live in opened}


def example(plant: Plant, live: Live | None = None) -> dict[str, Any]:
    """The body of a request that is answered, of a window that alarms."""
    site = plant.site()
    return example_of(site, live or open_live(site, "ponds"))


def varied(body: dict[str, Any], number: int) -> dict[str, Any]:
    """A body like another one, with other readings and at another time."""
    shift = (number % 97) / 1000
    window = [[None if value is None else value + shift for value in row] for row in body["window"]]
    day, clock = body["timestamp"].split("T")
    seconds = f"{number % 60:02d}.{number // 60:06d}Z"
    return body | {"window": window, "timestamp": f"{day}T{clock[:6]}{seconds}"}


def expected(live: Live, *bodies: dict[str, Any]) -> list[tuple[float, bool, float]]:
    """What a version says of the windows of bodies, asked without any server."""
    form = Form(live, ServingConfig(unknown_units="score"))
    asks = [form.understood(Detect.model_validate_json(json.dumps(body))).ask for body in bodies]
    scored = live.score(asks)
    assert scored["ask"].to_list() == list(range(len(bodies)))
    return list(scored.select("score", "is_anomaly", "confidence").iter_rows())


def told(answer: dict[str, Any]) -> tuple[float, bool, float]:
    """What an answer says, as `expected` has it."""
    return answer["anomaly_score"], answer["is_anomaly"], answer["confidence"]


def wait_until(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true; gives it."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


class Server:
    """A server in a thread of the test.

    Attributes
    ----------
    log : what it has written about requests.
    client : asks it.
    """

    def __init__(self, plant: Plant, keys: Sequence[str] = (), events: str | None = None, **changes: Any) -> None:
        settings = {"port": 0, "follow_every": "50ms", "metrics": {"drift_every": "200ms"}} | changes
        self.config = ServingConfig.model_validate(settings)
        site = plant.site()
        site.platform = site.platform.model_copy(update={"events": events})
        self.service = Service(site, site.fleet("ponds"), self.config)
        gate = make_app(self.service, keys)
        self.log = io.StringIO()
        gate.log = RequestLog("INFO", self.log)
        self._socket = listen(self.config)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._web = web_server(gate, self.config)
        self._thread = threading.Thread(target=self._web.run, kwargs={"sockets": [self._socket]})
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)

    def __enter__(self) -> "Server":
        self._thread.start()
        wait_until(lambda: self._web.started or not self._thread.is_alive())
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._web.should_exit = True
        self._thread.join(PATIENCE)
        self._socket.close()
        assert not self._thread.is_alive()

    def detect(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Ask about one window."""
        return self.client.post("/detect", json=body, headers=headers)

    def measured(self, name: str) -> float:
        """A number of ``/metrics``."""
        lines = [line for line in self.client.get("/metrics").text.splitlines() if line.startswith(name)]
        return float(lines[0].rsplit(" ", 1)[1])


def environment(plant: Plant, **more: str) -> dict[str, str]:
    """What a process must be told to find an installation, and no other one."""
    home = {"ANOMALY_HOME": str(plant.home), "ANOMALY_CONFIGS": str(plant.root / "configs")}
    others = ("MLFLOW_TRACKING_URI", "ANOMALY_EVENTS_URL", "POSTGRES_HOST", "ANOMALY_API_KEYS", "API_PORT", "API_HOST")
    return os.environ | home | dict.fromkeys(others, "") | more


@contextmanager
def serving(
    plant: Plant, log: Path, *options: str, command: str = COMMAND, **more: str
) -> Iterator[tuple["subprocess.Popen[bytes]", httpx.Client]]:
    """``anomaly-assets serve`` in a process of its own; whoever is left at the end is killed."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "serve", "ponds", "--port", "0", *options],
            env=environment(plant, **more),
            stdout=said,
            stderr=said,
        )
    try:
        url = wait_until(lambda: process.poll() is not None or _address(log))
        assert isinstance(url, str), log.read_text()
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            wait_until(lambda: _ready(client))
            yield process, client
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _address(log: Path) -> str:
    said = log.read_text()
    return said.split(" on ", 1)[1].split(",", 1)[0] if "told at /docs" in said else ""


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
