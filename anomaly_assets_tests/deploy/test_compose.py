"""compose.yaml keeps the rules that it says it keeps; a copy that breaks one of them is told apart."""

import copy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .composing import COMPOSE, DEPLOY, faults, interpolated, load, mounts, order
from .dockerfiles import read

SPOILT: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "a misspelt key": (lambda d, api: api.update(heathcheck={}), "api: unknown key heathcheck"),
    "a misspelt key of a health check": (
        lambda d, api: api["healthcheck"].update(timout="1s"),
        "unknown healthcheck key",
    ),
    "no health check": (lambda d, api: api.pop("healthcheck"), "api: has no health check"),
    "an empty health check": (lambda d, api: api["healthcheck"].update(test=["CMD"]), "without a command"),
    "a wait for nobody": (
        lambda d, api: api["depends_on"].update(redis={"condition": "service_healthy"}),
        "no service",
    ),
    "a wait for what has no health": (
        lambda d, api: api["depends_on"].update(prepare={"condition": "service_healthy"}),
        "waits for prepare to be healthy, which has no health check",
    ),
    "a wait for the end of what never ends": (
        lambda d, api: api["depends_on"].update(mlflow={"condition": "service_completed_successfully"}),
        "waits for mlflow to end, which is started again",
    ),
    "a wait in a circle": (
        lambda d, api: d["services"]["mlflow"].update(depends_on={"api": {"condition": "service_healthy"}}),
        "waits for itself",
    ),
    "the latest image": (lambda d, api: api.update(image="anomaly-assets/serve:latest"), "image without a version"),
    "an image without a tag": (lambda d, api: api.update(image="localhost:5000/serve"), "image without a version"),
    "root": (lambda d, api: api.update(user="0:0"), "runs as root"),
    "whatever user the image has": (lambda d, api: api.pop("user"), "runs as root or as nobody knows whom"),
    "privileges": (lambda d, api: api.update(privileged=True), "has privileges"),
    "capabilities": (lambda d, api: api.update(cap_drop=[]), "keeps capabilities"),
    "a root that can be written": (lambda d, api: api.update(read_only=False), "may write"),
    "a port for everybody": (lambda d, api: api.update(ports=["8000:8000"]), "publishes 8000:8000 to everybody"),
    "a port twice": (lambda d, api: api.update(ports=["127.0.0.1:5000:8000"]), "127.0.0.1:5000 is published twice"),
    "another network": (lambda d, api: api.update(networks=["default"]), "is on other networks"),
    "an undeclared volume": (lambda d, api: api["volumes"].append("more:/more"), "the volume more on /more"),
    "a volume for nobody": (lambda d, api: d["volumes"].update(more=None), "nobody uses the volume more"),
    "a file that is not there": (lambda d, api: api["volumes"].append("./no.yml:/x:ro"), "mounts ./no.yml"),
    "the engine's socket": (lambda d, api: api["volumes"].append("/var/run/docker.sock:/s"), "the engine's socket"),
    "a password with a default": (
        lambda d, api: api["environment"].update(POSTGRES_PASSWORD="${POSTGRES_PASSWORD:-changeme}"),
        "a secret that is not the environment's: POSTGRES_PASSWORD",
    ),
    "a key written down": (lambda d, api: api["environment"].update(ANOMALY_API_KEYS="abc"), "ANOMALY_API_KEYS"),
    "no restart": (lambda d, api: api.pop("restart"), "not started again"),
}


def test_the_file_keeps_every_rule() -> None:
    assert faults(load()) == []


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_copy_that_breaks_a_rule_is_told_apart(spoilt: str) -> None:
    spoil, told = SPOILT[spoilt]
    document = copy.deepcopy(load())
    spoil(document, document["services"]["api"])
    assert any(told in fault for fault in faults(document)), faults(document)


def test_all_services_of_the_platform_are_there() -> None:
    parts = {"dagster-code", "dagster-webserver", "dagster-daemon", "api", "mlflow", "postgres", "mosquitto"}
    assert set(load()["services"]) == parts | {"prepare", "prometheus", "listener"}


def test_whoever_is_waited_for_comes_first() -> None:
    placed = order(load())
    assert placed.index("postgres") < placed.index("prepare") < placed.index("dagster-code") < placed.index("api") or (
        placed.index("prepare") < placed.index("api")
    )
    assert placed.index("dagster-code") < placed.index("dagster-daemon")


def test_nothing_starts_without_its_secrets() -> None:
    given = {"POSTGRES_PASSWORD": "p", "ANOMALY_MQTT_PASSWORD": "m", "ANOMALY_API_KEYS": "k"}
    assert interpolated(load(), given)["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] == "p"
    for name in given:
        for lacking in ({key: value for key, value in given.items() if key != name}, given | {name: ""}):
            with pytest.raises(KeyError, match=name):
                interpolated(load(), lacking)


def test_variables_are_put_in_as_compose_does() -> None:
    given = {"A": "1", "EMPTY": ""}
    asked = ["$A-${A}", "${EMPTY:-x}${EMPTY-y}", "${NO:-d:e}", "$$A", "${NO}"]
    assert interpolated(asked, given) == ["1-1", "x", "d:e", "$A", ""]


def test_services_reach_each_other_by_names_that_exist() -> None:
    services = load()["services"]
    for name in ("api", "listener", "dagster-code"):
        environment = services[name]["environment"]
        assert environment["POSTGRES_HOST"] in services
        assert environment["MLFLOW_TRACKING_URI"].partition("://")[2].partition(":")[0] in services
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    hosts = {target.partition(":")[0] for job in scraped for one in job["static_configs"] for target in one["targets"]}
    location = yaml.safe_load((DEPLOY / "workspace.yaml").read_text())["load_from"][0]["grpc_server"]
    assert hosts - {"localhost"} <= set(services)
    assert location["host"] in services
    assert services[location["host"]]["command"][-1] == str(location["port"])


def test_what_is_built_is_a_stage_of_the_dockerfile_and_told_what_it_asks_for() -> None:
    dockerfile = read()
    for service in load()["services"].values():
        if build := service.get("build"):
            assert build["target"] in dockerfile.stages
            assert set(build["args"]) <= dockerfile.arguments


def test_the_registry_s_server_is_of_the_version_that_the_platform_speaks_with() -> None:
    mlflow = load()["services"]["mlflow"]
    pinned = (DEPLOY.parents[1] / "constraints.txt").read_text().splitlines()
    assert f"mlflow-skinny=={mlflow['build']['args']['MLFLOW_VERSION']}" in pinned
    assert mlflow["image"].endswith(mlflow["build"]["args"]["MLFLOW_VERSION"])
    assert "allowed-hosts=mlflow:5000" in " ".join(mlflow["command"])  # it refuses other names with 403


def test_everybody_who_writes_below_home_has_the_same_home() -> None:
    services = load()["services"]
    ours = [name for name, one in services.items() if one["image"].startswith("anomaly-assets/") and name != "mlflow"]
    assert {("home", "/var/lib/anomaly", False)} == {mounts(services[name])[0] for name in ours}
    assert len({services[name]["user"] for name in ours}) == 1


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    asked = _compose()
    (tmp_path / "env").write_text("POSTGRES_PASSWORD=p\nANOMALY_MQTT_PASSWORD=m\nANOMALY_API_KEYS=k\n")
    given = ["--env-file", str(tmp_path / "env"), "-f", str(COMPOSE), "--profile", "mqtt", "config", "-q"]
    told = subprocess.run([*asked, *given], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def _compose() -> list[str]:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose here to ask")
    return [docker, "compose"]
