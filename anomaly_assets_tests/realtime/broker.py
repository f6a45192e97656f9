"""A Mosquitto of a test's own: started, stopped, killed and started again as the test likes."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from anomaly_assets_tests.services import free_port

PATIENCE = 20.0
LONGEST = 90.0
SETTINGS = "persistence true\nmax_queued_messages 0\nmax_inflight_messages 1000\n"


def mosquitto() -> str:
    """The program; a test that needs it skips only where it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("mosquitto", path=path)
    if found is None:
        pytest.skip("no program mosquitto on PATH; install it to test the listener")
    return found


def wait_for(condition: Callable[[], bool], patience: float = LONGEST) -> None:
    """Wait until something is so."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.02)


class Broker:
    """A broker on a port of its own; what it keeps outlives a restart.

    Parameters
    ----------
    folder : for its settings and what it keeps.
    settings : further lines of its configuration.
    keeping : the lines that say what it keeps for whom.
    allow_anonymous : whether it asks for no name.
    """

    def __init__(
        self, folder: Path, settings: str = "", *, keeping: str = SETTINGS, allow_anonymous: bool = True
    ) -> None:
        self.program, self.folder, self.port = mosquitto(), folder, free_port()
        kept = folder / "kept"
        kept.mkdir(parents=True, exist_ok=True)
        asks = f"allow_anonymous {str(allow_anonymous).lower()}\nuser {getpass.getuser()}\n"
        written = f"listener {self.port} 127.0.0.1\n{asks}{settings}{keeping}persistence_location {kept}/\n"
        (folder / "mosquitto.conf").write_text(written)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> "Broker":
        with (self.folder / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [self.program, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self._running.poll() is None, self.log()
                time.sleep(0.02)
            else:
                return self
        raise AssertionError(f"mosquitto does not answer: {self.log()}")

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.wait(PATIENCE)
            self._running = None
        assert "Error saving" not in self.log(), "the broker could not keep what it had"

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def restart(self, away: float = 0.0) -> None:
        """Stop, be away for so many seconds, start."""
        self.stop()
        time.sleep(away)
        self.start()

    def __enter__(self) -> "Broker":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
