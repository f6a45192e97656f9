"""Every process of compose.yaml runs with its command, environment and health check, and together they do their work.

Raw files, a backfill launched in the UI, a model registered with the server, a request, an event in PostgreSQL,
readings by MQTT, numbers in Prometheus: in namespaces of this machine, as the users that the file names, on roots that
can't be written.
"""

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from anomaly_assets_tests.end_to_end.dagster_dev import DagsterDev, wait_for
from anomaly_assets_tests.pipelines.plant import document

from .composing import interpolated, load
from .containers import Stack, lacking
from .dockerfiles import PROJECT
from .images import images, mlflow_server
from .variables import values

pytestmark = pytest.mark.slow

SECRETS = {
    "POSTGRES_PASSWORD": "p@ss:w/rd 100%",
    "ANOMALY_MQTT_PASSWORD": "qu:et w@ter",
    "ANOMALY_API_KEYS": "first-key,second-key",
}
DAILY = ("raw_readings", "cleaned_sensors", "quarantine", "labels", "features", "scores", "drift_report")
LATER = {"listener"}
"""Services of a profile: people switch it on once there is a champion, without which a listener ends."""
PROMETHEUS = shutil.which("prometheus") is not None


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of one small fleet, of which nothing runs yet."""
    if lack := lacking("postgres", "mosquitto", "mosquitto_sub", "wget"):
        pytest.skip(f"containers can't be run here; missing: {', '.join(lack)}")
    root = tmp_path_factory.mktemp("stack")
    try:
        mlflow = mlflow_server(root / "mlflow")
    except LookupError as error:
        pytest.skip(f"the registry's server can't be installed, and nothing learns without it: {error}")
    configs = root / "configs"
    shutil.copytree(PROJECT / "configs", configs, ignore=shutil.ignore_patterns("fleets", ".env"))
    (configs / "fleets").mkdir()
    (configs / "fleets" / "ponds.yaml").write_text(yaml.safe_dump(_fleet()))
    given = values() | SECRETS | {"ANOMALY_FLEET": "ponds"}
    written = interpolated(load(configs / "deploy" / "compose.yaml"), given)
    with Stack(written, configs / "deploy", root, images(root, configs, mlflow)) as stack:
        yield stack


@pytest.fixture(scope="module")
def stack(prepared: Stack) -> Stack:
    """The stack, up: each service once those that it waits for are healthy or have ended well."""
    for name in prepared.waiting:
        if name in LATER or (name == "prometheus" and not PROMETHEUS):
            continue
        prepared.start(name)
        if "healthcheck" in prepared.services[name]:
            prepared.wait_until_healthy(name)
        else:
            assert prepared.finish(name, 300) == 0, prepared.said(name)
    return prepared


@pytest.fixture(scope="module")
def ui(stack: Stack) -> DagsterDev:
    dev = DagsterDev(3000)
    dev.url = f"http://{stack.addresses['dagster-webserver']}:3000"
    return dev


@pytest.fixture(scope="module")
def served(stack: Stack, ui: DagsterDev) -> dict[str, Any]:
    """What the API says of the fleet's champion, which a backfill launched in the UI has made."""
    _done(stack, "dagster-code", "anomaly-assets", "simulate", "ponds")
    stack.inside(lambda: _backfilled(ui))
    return _champion(stack)


@pytest.fixture(scope="module")
def listening(stack: Stack, served: dict[str, Any]) -> Stack:
    """The stack with its listener."""
    stack.start("listener")
    stack.wait_until_healthy("listener")
    return stack


def test_no_check_finds_a_service_healthy_that_does_nothing(prepared: Stack) -> None:
    checked = [name for name, service in prepared.services.items() if "healthcheck" in service]
    for name in checked:
        prepared.start(name, ["sleep", "1000"])
    wait_for("the sleepers", lambda: all(prepared.run(name, ["true"]).returncode == 0 for name in checked), 20)
    assert [name for name in checked if prepared.healthy(name)] == []
    for name in checked:
        prepared.stop(name)


def test_every_service_becomes_healthy_and_stays(stack: Stack) -> None:
    checked = {name for name, service in stack.services.items() if "healthcheck" in service} - LATER
    for name in checked if PROMETHEUS else checked - {"prometheus"}:
        stack.wait_until_healthy(name)  # again, now that all others run


def test_nobody_is_root_may_write_to_his_root_or_gain_rights(stack: Stack) -> None:
    for name in ("api", "dagster-code", "mlflow", "postgres", "mosquitto"):
        told = stack.run(
            name, ["sh", "-c", "id -u; touch /etc/x /x 2>&1; grep -E 'CapEff|NoNewPrivs' /proc/self/status"]
        )
        assert told.stdout.splitlines()[0] == stack.services[name]["user"].partition(":")[0]
        assert told.stdout.count("Read-only file system") == 2
        assert told.stdout.split()[-4:] == ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"]


def test_the_champion_of_a_backfill_in_the_ui_is_served_without_torch(stack: Stack, served: dict[str, Any]) -> None:
    assert served["name"] in ("deviation/1", "random_score/1", "random_score/2")
    absent = stack.run("api", ["python", "-c", "import torch"])
    assert "No module named 'torch'" in absent.stderr


def test_its_release_package_is_served_once_there_is_one(stack: Stack, served: dict[str, Any]) -> None:
    assert served["engine"] == "bundle"
    _done(stack, "dagster-code", "anomaly-assets", "export", "ponds", "--out", "/var/lib/anomaly/releases")
    assert stack.end("api") == 0
    stack.start("api")
    stack.wait_until_healthy("api")
    assert _champion(stack) == served | {"engine": "onnx"}


def test_a_detection_over_http_becomes_an_event_in_postgresql(stack: Stack, served: dict[str, Any]) -> None:
    body = json.loads(_done(stack, "api", "anomaly-assets", "serve", "ponds", "--example"))
    body["window"] = [[90.0, 15.0] for _ in body["window"]]
    answers = {key: _ask(stack, "api", 8000, "/detect", body, key)[0] for key in (None, "wrong", "second-key")}
    assert answers == {None: 401, "wrong": 401, "second-key": 200}
    answer = json.loads(_ask(stack, "api", 8000, "/detect", body, "first-key")[1])
    assert answer["is_anomaly"]
    asked = "SELECT sensor_id, model_version, is_anomaly FROM anomaly_events WHERE fleet = 'ponds'"
    rows = wait_for("the event", lambda: _selected(stack, asked), 30)
    assert rows == [f"{body['sensor_id']}|{answer['model_version']}|t"]


def test_readings_by_mqtt_are_scored_by_the_listener(listening: Stack) -> None:
    stack = listening
    last = _done(stack, "dagster-code", "sh", "-c", "ls /var/lib/anomaly/raw/ponds/*.csv | grep /20 | tail -1")
    day = Path(last.strip()).stem[-10:]
    _done(stack, "listener", "anomaly-assets", "replay", "ponds", "--speed", "max", "--from", day, "--to", day)
    wait_for("scored windows", lambda: _number(stack, "listener", 9109, "windows") > 0, 60)


def test_the_broker_asks_who_is_there_and_tells_nobody_else_anything(stack: Stack) -> None:
    published = ["mosquitto_pub", "-h", "mosquitto", "-t", "ponds/x", "-m", "1"]
    assert "not authorised" in stack.run("mosquitto", published).stderr
    known = [*published, "-u", "anomaly", "-P", SECRETS["ANOMALY_MQTT_PASSWORD"]]
    assert stack.run("mosquitto", known).returncode == 0
    listened = ["mosquitto_sub", "-h", "127.0.0.1", "-p", "1884", "-t", "#", "-C", "1", "-W", "2"]
    assert stack.run("mosquitto", listened).stdout == ""
    assert "refused" in stack.run("api", _connecting("mosquitto", 1884)).stderr


def test_the_database_asks_for_its_password(stack: Stack) -> None:
    psql = ["psql", "-h", "postgres", "-U", "anomaly_user", "-d", "anomaly_db", "-c", "SELECT 1"]
    told = stack.run("postgres", ["env", "PGPASSWORD=wrong", *psql])
    assert "password authentication failed" in told.stderr


def test_prometheus_finds_api_and_listener(listening: Stack) -> None:
    if not PROMETHEUS:
        pytest.skip("the program prometheus is not installed")
    asked = f"/api/v1/query?{urllib.parse.urlencode({'query': 'up'})}"

    def up() -> bool:
        found = json.loads(_ask(listening, "prometheus", 9090, asked)[1])["data"]["result"]
        return {one["metric"]["job"] for one in found if one["value"][1] == "1"} == {"api", "listener", "prometheus"}

    assert wait_for("all targets", up, 120)


def test_prometheus_reads_its_file_without_complaint() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("the program promtool is not installed")
    import subprocess

    told = subprocess.run([promtool, "check", "config", str(PROJECT / "configs/deploy/prometheus.yml")], check=False)
    assert told.returncode == 0


def _fleet() -> dict[str, Any]:
    written = document(realtime={"topic": "ponds/{unit}"})
    written["source"]["folder"] = "raw/ponds"
    return written


def _backfilled(ui: DagsterDev) -> None:
    keys = [["ponds", name] for name in DAILY]
    ui.ask(
        "mutation { reloadWorkspace { __typename } }"
    )  # the days that there are have been asked before there were any
    found = ui.ask(
        "query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionKeys } } }",
        key={"path": keys[0]},
    )
    days = found["assetNodeOrError"]["partitionKeys"]
    launched = ui.backfill(keys, days)
    done = {"COMPLETED_SUCCESS", "COMPLETED", "COMPLETED_FAILED", "FAILED"}
    ended = wait_for("the backfill", lambda: (told := ui.backfill_status(launched)) in done and told, 900)
    assert ended in ("COMPLETED_SUCCESS", "COMPLETED"), ui.runs()


def _champion(stack: Stack) -> dict[str, Any]:
    wait_for("a champion in the API", lambda: _ask(stack, "api", 8000, "/ready")[0] == 200, 90)
    told: dict[str, Any] = json.loads(_ask(stack, "api", 8000, "/models", key="first-key")[1])["champion"]
    return told


def _done(stack: Stack, name: str, *command: str) -> str:
    told = stack.run(name, list(command), timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def _ask(stack: Stack, name: str, port: int, path: str, body: Any = None, key: str | None = None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
    url = f"http://{stack.addresses[name]}:{port}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)

    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return stack.inside(ask)


def _selected(stack: Stack, query: str) -> list[str]:
    psql = ["psql", "-h", "postgres", "-U", "anomaly_user", "-d", "anomaly_db", "-At", "-c", query]
    return _done(stack, "postgres", "env", f"PGPASSWORD={SECRETS['POSTGRES_PASSWORD']}", *psql).splitlines()


def _number(stack: Stack, name: str, port: int, part: str) -> float:
    lines = _ask(stack, name, port, "/metrics")[1].splitlines()
    return sum(float(line.split()[-1]) for line in lines if part in line and not line.startswith("#"))


def _connecting(host: str, port: int) -> list[str]:
    return ["python", "-c", f"import socket; socket.create_connection(('{host}', {port}), 5)"]
