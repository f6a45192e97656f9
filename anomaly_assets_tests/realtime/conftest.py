"""Ponds trained once, a broker for every test that wants one, and a listener in a thread."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from anomaly_assets.config import Credentials
from anomaly_assets.realtime import Listened, Listener
from anomaly_assets.realtime.replaying import Pace, Played, Trouble, play_over_mqtt

from .broker import Broker, wait_for
from .ponds import PATIENCE, Ponds, config

NO_TROUBLE = Trouble()


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

    def __init__(self, ponds: Ponds, port: int, until_idle: timedelta | None, **changes: object) -> None:
        self.said: list[str] = []
        self.listener = Listener(ponds.site, ponds.fleet, config(port, **changes), Credentials(), self.said.append)
        self._until_idle = until_idle
        self._outcome: Listened | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    @property
    def counts(self) -> Counter[str]:
        """Everything that was ever counted."""
        return Counter(self.listener.journal.counts)

    def _run(self) -> None:
        try:
            self._outcome = self.listener.run(self._until_idle)
        except BaseException as error:
            self._failure = error

    def start(self) -> "Heard":
        self._thread.start()
        wait_for(lambda: self.listener.connection.listens.is_set() or self._failure is not None)
        return self

    def end(self) -> Listened:
        self.listener.end()
        return self.ended()

    def ended(self) -> Listened:
        """Wait until it has ended by itself."""
        self._thread.join(PATIENCE)
        if self._failure is not None:
            raise self._failure
        assert self._outcome is not None
        return self._outcome


@contextmanager
def listening(ponds: Ponds, broker: Broker, until_idle: timedelta | None = None, **changes: object) -> Iterator[Heard]:
    """A listener that listens until the block is over, if not until it has heard nothing for so long."""
    heard = Heard(ponds, broker.port, until_idle, **changes).start()
    try:
        yield heard
    finally:
        heard.listener.end()
        heard.ended()


def play(ponds: Ponds, broker: Broker, trouble: Trouble = NO_TROUBLE) -> Played:
    """Publish the whole recording as fast as it is taken."""
    return play_over_mqtt(
        ponds.recording, ponds.topics, config(broker.port), Credentials(), pace=Pace(None), trouble=trouble
    )
