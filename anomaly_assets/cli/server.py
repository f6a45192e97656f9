"""The Dagster UI as a process of its own: started detached, found again by its pid file, stopped by nobody else.

Only a process that this installation has started is ever stopped: its pid and the moment it began must both agree.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..config import Platform
from ..errors import AnomalyAssetsError

HOST = "127.0.0.1"
PATIENCE = 180.0
"""Seconds that a web server and its code location may take to come up on a busy machine."""


@dataclass(frozen=True)
class Server:
    """A running UI: its process, when that began, and where it listens."""

    pid: int
    began: str
    port: int

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.port}"


def running(platform: Platform) -> Server | None:
    """Find the UI that this installation has started, if it still runs."""
    try:
        server = Server(**json.loads(_pid_file(platform).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return server if _began(server.pid) == server.began else None


def start(platform: Platform, port: int) -> Server:
    """Start ``dagster dev`` in a session of its own and wait until it answers.

    Raises
    ------
    AnomalyAssetsError
        If it ends at once or doesn't answer in time; the message names the log.
    """
    from ..orchestration import ui_environment

    log_file(platform).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dagster", "dev", "-m", "anomaly_assets.definitions", "-h", HOST, "-p", str(port)]
    with log_file(platform).open("wb") as log, _interrupts_heeded():
        started = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            env=os.environ | ui_environment(platform),
            cwd=platform.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(started.pid, _began(started.pid), port)
    _pid_file(platform).write_text(json.dumps(asdict(server)), encoding="utf-8")
    _wait_until(lambda: answers(server) or started.poll() is not None)
    if not answers(server):
        stop(platform)
        raise _silent(platform)
    return server


def stop(platform: Platform) -> Server | None:
    """Stop the UI that this installation has started; tells which, or that there was none."""
    server = running(platform)
    if server is None:
        return None
    for sent, patience in ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, sent)
        if _wait_until(lambda: _began(server.pid) != server.began, patience):
            break
    _pid_file(platform).unlink(missing_ok=True)
    return server


def answers(server: Server) -> bool:
    """Whether the web server replies."""
    try:
        with urllib.request.urlopen(f"{server.url}/server_info", timeout=5) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except OSError:
        return False


def reload(server: Server) -> None:
    """Let a running UI read the fleets and their days again."""
    body = json.dumps({"query": "mutation { reloadWorkspace { __typename } }"}).encode()
    request = urllib.request.Request(f"{server.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    with suppress(OSError), urllib.request.urlopen(request, timeout=60):  # noqa: S310 - our own address
        pass


def free_port(wanted: int) -> int:
    """Give the first port from the wanted one on that nobody listens on."""
    for port in range(wanted, min(wanted + 100, 65_536)):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise AnomalyAssetsError(f"no port from {wanted} on is free", remedy="choose another with --port")


def log_file(platform: Platform) -> Path:
    """Name the file that the server writes what it says into."""
    return platform.home / "logs" / "dagster.log"


def _pid_file(platform: Platform) -> Path:
    return platform.home / "logs" / "dagster.pid"


def _began(pid: int) -> str:
    """Say when a process began; empty when there is none, or only what is left of it."""
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)  # noqa: S603
    return told[1].strip() if len(told) == 2 and not told[0].startswith("Z") else ""


@contextmanager
def _interrupts_heeded() -> Iterator[None]:
    # A shell that starts us in the background has SIGINT ignored, and the server would inherit that. Not set in the
    # child: for that this process would be copied, and after a long backfill there is no room to account for a copy.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.3)
    return condition()


def _silent(platform: Platform) -> AnomalyAssetsError:
    said = log_file(platform).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return AnomalyAssetsError(
        "the Dagster UI didn't come up",
        found=said[-1] if said else "no word from it",
        remedy=f"read {log_file(platform)}, then try again: anomaly-assets ui",
    )
