"""Ponds trained once, a broker for every test that wants one, and a listener in a thread."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anomaly_assets.config import Credentials
from anomaly_assets.realtime import Listened, Listener

from .broker import Broker
from .ponds import PATIENCE, Ponds, config


@pytest.fixture(autouse=True)
def nobody_in_particular(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "PASSWORD", "HOST", "PORT", "CA", "CERT", "KEY", "METRICS_HOST", "METRICS_PORT"):
        monkeypatch.delenv(f"ANOMALY_MQTT_{name}", raising=False)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Ponds:
    """Never listened to."""
    return Ponds.made(tmp_path_factory.mktemp("ponds"))


@pytest.fixture
def ponds(original: Ponds, tmp_path: Path) -> Ponds:
    """A copy of the original that has heard nothing."""
    return original.copied(tmp_path / "ponds")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


class Heard:
    """A listener in a thread, and what it said."""

    def __init__(self, ponds: Ponds, port: int, **changes: object) -> None:
        self.said: list[str] = []
        self.listener = Listener(ponds.site, ponds.fleet, config(port, **changes), Credentials(), self.said.append)
        self.outcome: Listened | None = None
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.outcome = self.listener.run()
        except BaseException as error:
            self.failure = error

    def start(self) -> "Heard":
        self._thread.start()
        wait_for(lambda: any("listening to" in line for line in self.said) or self.failure is not None)
        return self

    def end(self) -> Listened:
        self.listener.end()
        self._thread.join(PATIENCE)
        if self.failure is not None:
            raise self.failure
        assert self.outcome is not None
        return self.outcome


@contextmanager
def listening(ponds: Ponds, broker: Broker, **changes: object) -> Iterator[Heard]:
    """A listener that listens until the block is over."""
    heard = Heard(ponds, broker.port, **changes).start()
    try:
        yield heard
    finally:
        heard.end()


def wait_for(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until something is so."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.02)
