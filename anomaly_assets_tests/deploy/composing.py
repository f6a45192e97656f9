"""A compose file read as Compose reads it, and the rules that ours keeps. No engine is asked."""

import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "configs" / "deploy"
COMPOSE = DEPLOY / "compose.yaml"

Document = dict[str, Any]

TOP = {"name", "services", "networks", "volumes", "configs", "secrets"}
SERVICE = {
    *("build", "cap_add", "cap_drop", "command", "configs", "container_name", "depends_on", "deploy", "entrypoint"),
    *("env_file", "environment", "expose", "extra_hosts", "healthcheck", "hostname", "image", "init", "labels"),
    *("logging", "mem_limit", "networks", "platform", "ports", "profiles", "pull_policy", "read_only", "restart"),
    *("secrets", "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "ulimits", "user"),
    *("volumes", "working_dir", "privileged", "network_mode"),
}
"""Keys of the compose specification that a service here might need; a misspelt one is not among them."""
HEALTH = {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"}
BUILD = {"context", "dockerfile", "target", "args"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SECRET = re.compile(r"PASSWORD|KEYS|TOKEN|SECRET")

_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<braced>\w+)(?:(?P<how>:?[-?])(?P<other>[^}]*))?\}|(?P<plain>\w+))")


def load(path: Path = COMPOSE) -> Document:
    """Read the file, merge keys resolved, variables left as they stand."""
    document: Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def interpolated(value: Any, environment: Mapping[str, str]) -> Any:
    """Put variables in as Compose does; KeyError where one is demanded that is missing or empty."""
    if isinstance(value, dict):
        return {key: interpolated(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolated(inner, environment) for inner in value]
    return _VARIABLE.sub(lambda found: _put(found, environment), value) if isinstance(value, str) else value


def _put(found: "re.Match[str]", environment: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "$"
    name, how = found["braced"] or found["plain"], found["how"] or "-"
    value = environment.get(name)
    if value is None or (how.startswith(":") and not value):
        if how.endswith("?"):
            raise KeyError(f"{name}: {found['other']}")
        return found["other"] or ""
    return value


def variables(value: Any) -> set[str]:
    """Names of the variables that a document asks for."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return set().union(*(variables(one) for one in inner))
    if not isinstance(value, str):
        return set()
    return {name for found in _VARIABLE.finditer(value) if (name := found["braced"] or found["plain"])}


def faults(document: Document, folder: Path = DEPLOY) -> list[str]:
    """What is wrong with a compose file, a sentence each."""
    told = [f"unknown key {key}" for key in document if key not in TOP and not key.startswith("x-")]
    for name, service in document["services"].items():
        for rule in RULES:
            told += [f"{name}: {fault}" for fault in rule(service, document, folder)]
    told += _unused(document)
    return told


def order(document: Document) -> list[str]:
    """Services in an order in which each comes after those that it waits for."""
    waits = {name: set(service.get("depends_on", {})) for name, service in document["services"].items()}
    return list(TopologicalSorter(waits).static_order())


def mounts(service: Document) -> list[tuple[str, str, bool]]:
    """Source, target and whether it is read-only, of each volume of a service."""
    parts = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", volume).split(":") for volume in service.get("volumes", [])]
    return [(part[0], part[1], part[2:] == ["ro"]) for part in parts]


def _keys(service: Document, document: Document, folder: Path) -> Iterator[str]:
    known = (("", service, SERVICE), ("healthcheck ", service.get("healthcheck", {}), HEALTH))
    for where, mapping, allowed in (*known, ("build ", service.get("build", {}), BUILD)):
        yield from (f"unknown {where}key {key}" for key in mapping if key not in allowed)


def _waiting(service: Document, document: Document, folder: Path) -> Iterator[str]:
    for target, how in service.get("depends_on", {}).items():
        condition, other = how.get("condition"), document["services"].get(target)
        if other is None:
            yield f"depends on {target}, which is no service"
        elif condition not in CONDITIONS:
            yield f"waits for {target} to be {condition}, which is no condition"
        elif condition == "service_healthy" and "healthcheck" not in other:
            yield f"waits for {target} to be healthy, which has no health check"
        elif condition == "service_completed_successfully" and other.get("restart") != "no":
            yield f"waits for {target} to end, which is started again"
    try:
        order({"services": {name: one for name, one in document["services"].items() if name in document["services"]}})
    except CycleError:
        yield "waits for itself, by way of others"


def _health(service: Document, document: Document, folder: Path) -> Iterator[str]:
    if service.get("restart") == "no":
        return
    test = service.get("healthcheck", {}).get("test")
    if not test:
        yield "has no health check"
    elif not isinstance(test, list) or test[0] not in ("CMD", "CMD-SHELL") or len(test) < 2:
        yield "has a health check without a command"
    if service.get("restart") != "unless-stopped":
        yield "is not started again after a failure"


def _images(service: Document, document: Document, folder: Path) -> Iterator[str]:
    tag = str(service.get("image", "")).rpartition("/")[2].partition(":")[2]
    if not re.match(r"v?\d+\.\d+\.?\d*", tag):
        yield f"has an image without a version: {service.get('image')}"
    build = service.get("build")
    if build and not (folder / build["context"] / build["dockerfile"]).is_file():
        yield f"is built by a file that is not there: {build['dockerfile']}"


def _privileges(service: Document, document: Document, folder: Path) -> Iterator[str]:
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(service.get("user", ""))):
        yield f"runs as root or as nobody knows whom: {service.get('user')}"
    if service.get("privileged") or service.get("network_mode") or service.get("cap_add"):
        yield "has privileges"
    if service.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in service.get("security_opt", []):
        yield "keeps capabilities"
    if service.get("read_only") is not True:
        yield "may write to its root file system"


def _network(service: Document, document: Document, folder: Path) -> Iterator[str]:
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"publishes {port} to everybody"
    if service.get("networks") != ["anomaly-net"] or "anomaly-net" not in document.get("networks", {}):
        yield f"is on other networks: {service.get('networks')}"


def _volumes(service: Document, document: Document, folder: Path) -> Iterator[str]:
    for source, target, _ in mounts(service):
        if "docker.sock" in source:
            yield "holds the engine's socket"
        if source.startswith((".", "/")):
            if not (folder / source).exists():
                yield f"mounts {source}, which is not there"
        elif source not in document.get("volumes", {}):
            yield f"mounts the volume {source} on {target}, which is not declared"


def _secrets(service: Document, document: Document, folder: Path) -> Iterator[str]:
    for name, value in service.get("environment", {}).items():
        if SECRET.search(name) and not re.fullmatch(r"\$\{\w+:(\?.+|-)\}", str(value)):
            yield f"has a secret that is not the environment's: {name}"


def _unused(document: Document) -> list[str]:
    services = document["services"].values()
    used = {source for service in services for source, _, _ in mounts(service)}
    told = [f"nobody uses the volume {name}" for name in document.get("volumes", {}) if name not in used]
    ports = [interpolated(port, {}).rpartition(":")[0] for service in services for port in service.get("ports", [])]
    return told + [f"{port} is published twice" for port in sorted(set(ports)) if ports.count(port) > 1]


RULES: tuple[Callable[[Document, Document, Path], Iterator[str]], ...] = (
    *(_keys, _waiting, _health, _images, _privileges, _network, _volumes, _secrets),
)
