"""Ponds whose probes tell their readings by MQTT: one installation, trained once, scored by the assets' functions."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from anomaly_assets.config import BrokerConfig, FleetConfig
from anomaly_assets.pipelines import Site, choose_champion, score_days, train_all
from anomaly_assets.realtime.replaying import Recording
from anomaly_assets.realtime.topics import Topics, realtime_of
from anomaly_assets_tests.pipelines.plant import Plant, days_prepared

PATIENCE = 90.0
REALTIME = {"topic": "ponds/{unit}/probe", "lateness": "1h", "idle": None}
FAST: dict[str, Any] = {
    "score_every": "100ms",
    "raise_every": "200ms",
    "reconnect_after": "1s",
    "reconnect_at_most": "1s",
}
COMMAND = "import sys; from anomaly_assets.cli import main; raise SystemExit(main(sys.argv[1:]))"
HASTY = (
    """
import os, pathlib, signal, time
from anomaly_assets.realtime.connection import Connection
taken, died = Connection.arrived, pathlib.Path(os.environ["ANOMALY_HOME"], "died")
def hasty(self, at_most, patience):
    messages = taken(self, at_most, patience)
    self.acknowledge(messages)
    self._went -= len(messages)  # it will be counted when the journal has them
    time.sleep(0.2)
    if len(messages) > 20 and not died.exists():
        died.touch()
        time.sleep(1)  # the broker hears of it
        os.kill(os.getpid(), signal.SIGKILL)
    return messages
Connection.arrived = hasty
"""
    + COMMAND
)
"""The control of what is claimed of the real one: it acknowledges what it has not written down, and so its power is cut
once."""


def simulation(units: int) -> dict[str, Any]:
    written = Plant(Path()).written["simulation"]
    return written | {"units": units}


@dataclass
class Ponds:
    """A plant with a champion, and what the assets' functions say of its days.

    Attributes
    ----------
    plant : the installation.
    scores : rows of the scores table, by unit and time.
    """

    plant: Plant
    scores: pl.DataFrame

    @classmethod
    def made(cls, root: Path, units: int = 3, days: int = 20, **changes: Any) -> "Ponds":
        changes = {"realtime": REALTIME, "simulation": simulation(units)} | changes
        changes.setdefault("detectors", {"deviation": {"kind": "deviation"}})
        plant = Plant(root, days=days, **changes).simulated().arrive()
        site, fleet = plant.site(), plant.fleet
        days_prepared(site, fleet, plant.span)
        train_all(site, fleet)
        choose_champion(site, fleet)
        score_days(site, fleet, plant.span)
        scores = site.warehouse.read(site.table(fleet, "scores")).sort("unit_id", "window_start")
        return cls(plant, scores)

    @property
    def fleet(self) -> FleetConfig:
        return self.plant.fleet

    @property
    def site(self) -> Site:
        return self.plant.site()

    @property
    def topics(self) -> Topics:
        return Topics(self.fleet, realtime_of(self.fleet))

    @property
    def recording(self) -> Recording:
        return Recording.of(self.fleet, self.site.source(self.fleet), None, None)

    def copied(self, root: Path) -> "Ponds":
        """An installation just like this one that has heard nothing."""
        return Ponds(self.plant.copied(root), self.scores)

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be told to find it."""
        home = {"ANOMALY_HOME": str(self.plant.home), "ANOMALY_CONFIGS": str(self.plant.root / "configs")}
        return os.environ | home | {"MLFLOW_TRACKING_URI": "", "ANOMALY_EVENTS_URL": "", "POSTGRES_HOST": ""}

    @contextmanager
    def listening(self, *options: str, command: str = COMMAND) -> Iterator["Running"]:
        """A listener in a process of its own; whoever is left at the end is killed."""
        running = Running(self, options, command)
        try:
            yield running.start()
        finally:
            running.kill()


class Running:
    """``anomaly-assets listen`` that is started, ended and killed; what it says goes into a file."""

    def __init__(self, ponds: Ponds, options: tuple[str, ...], command: str) -> None:
        self._ponds, self._options, self._command = ponds, options, command
        self._said = ponds.plant.root / "listener.log"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> "Running":
        """Start it, and wait until it listens."""
        self._said.write_text("")
        with self._said.open("ab") as said:
            self._running = subprocess.Popen(
                [sys.executable, "-c", self._command, "listen", "ponds", *self._options],
                env=self._ponds.environment,
                stdout=said,
                stderr=said,
            )
        until = time.monotonic() + PATIENCE
        while "listening to" not in self.said():
            assert self._running.poll() is None and time.monotonic() < until, self.said()
            time.sleep(0.05)
        return self

    def said(self) -> str:
        return self._said.read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._running is not None
        self._running.kill()
        self._running.wait()

    def revive(self) -> None:
        """Start it again once it has died."""
        assert self._running is not None
        self._running.wait(PATIENCE)
        self.start()

    def end(self) -> str:
        """Ask it to end; gives what it said."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> str:
        """Wait for its end; gives what it said."""
        assert self._running is not None
        assert self._running.wait(PATIENCE) == 0, self.said()
        return self.said()


def config(port: int, **changes: Any) -> BrokerConfig:
    """A broker, and a listener that is quick to act."""
    return BrokerConfig.model_validate({"port": port, **FAST, **changes})
