"""A real `dagster dev` (webserver, daemon, code server) and the requests its UI would send."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anomaly_assets_tests.services import free_port

LOCATION = "anomaly_assets.definitions"
PROJECT = Path(__file__).parents[2]


class DagsterDev:
    """Speaks GraphQL to a running webserver, as the UI does."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            reply = json.load(answer)
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def backfill(self, assets: list[list[str]], days: list[str]) -> str:
        """Launch what 'Materialize selected' launches for a range of partitions."""
        reply = self.ask(
            """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
                 __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }""",
            params={"assetSelection": [{"path": path} for path in assets], "partitionNames": days},
        )["launchPartitionBackfill"]
        assert reply["__typename"] == "LaunchBackfillSuccess", reply
        return str(reply["backfillId"])

    def backfill_status(self, backfill: str) -> str:
        reply = self.ask(
            """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
                 ... on PartitionBackfill { status } } }""",
            id=backfill,
        )
        return str(reply["partitionBackfillOrError"]["status"])

    def runs(self, **wanted: str) -> list[dict[str, Any]]:
        """List runs whose tags or job name match, newest first."""
        found = self.ask(
            """{ runsOrError(limit: 200) { ... on Runs { results {
                 runId status jobName tags { key value } } } } }"""
        )["runsOrError"]["results"]
        for run in found:
            run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]} | {"job": run["jobName"]}
        return [run for run in found if all(run["tags"].get(key) == value for key, value in wanted.items())]

    def switch_on(self, kind: str, name: str) -> None:
        """Start a sensor or a schedule, as its switch in the UI does."""
        selector = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__", f"{kind}Name": name}
        verb = "startSensor" if kind == "sensor" else "startSchedule"
        reply = self.ask(
            f"""mutation($selector: {kind.title()}Selector!) {{
                 {verb}({kind}Selector: $selector) {{ __typename ... on PythonError {{ message }} }} }}""",
            selector=selector,
        )[verb]
        assert reply["__typename"] in ("Sensor", "ScheduleStateResult"), reply


def wait_for(what: str, condition: Callable[[], Any], seconds: float) -> Any:
    """Poll until the condition gives something true; say what was waited for if it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(1)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@contextmanager
def running(environment: dict[str, str], log: Path) -> Iterator[DagsterDev]:
    """Run `dagster dev` on a free port for the length of the block; the log is kept for a failing test."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [*command, "-w", str(PROJECT / "workspace.yaml")],
            env=os.environ | environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            dev = DagsterDev(port)
            wait_for("the code location", lambda: _loaded(dev), 240)
            yield dev
        finally:
            _stop(server)


def _loaded(dev: DagsterDev) -> bool:
    try:
        reply = dev.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
    except OSError:
        return False
    return bool(reply["repositoriesOrError"].get("nodes"))


def _stop(server: "subprocess.Popen[bytes]") -> None:
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
