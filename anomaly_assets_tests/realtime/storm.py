"""A recording published while everything breaks, and what must come of it all the same.

Shared by the tests and by benchmarks/mqtt.py. What is expected is worked out from the messages that were sent, without
a broker, a journal or a listener.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from anomaly_assets.config import BrokerConfig, Credentials, FleetConfig
from anomaly_assets.pipelines.live import Ask, Live
from anomaly_assets.realtime.completeness import Completeness, Now, end_of_day
from anomaly_assets.realtime.journal import Unit
from anomaly_assets.realtime.payloads import Reader
from anomaly_assets.realtime.replaying import Pace, Played, Recording, Trouble, play_over_mqtt
from anomaly_assets.realtime.replaying.messages import Numbered, Troubled, numbered
from anomaly_assets.realtime.topics import Topics, realtime_of

KEYS = ["unit_id", "window_start"]


@dataclass
class Storm:
    """A recording, and what goes wrong while it is published.

    Attributes
    ----------
    recording, topics, broker, trouble : what is published, where, and what trouble is made with it.
    mishaps : what happens once such a share of the messages has been published.
    happened : when each of them had, in messages published.
    """

    recording: Recording
    topics: Topics
    broker: BrokerConfig
    trouble: Trouble
    mishaps: dict[float, Callable[[], None]] = field(default_factory=dict)
    happened: list[int] = field(default_factory=list)

    def blow(self) -> Played:
        """Publish everything while the mishaps happen."""
        self._published, over = 0, threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watch.start()
        played = play_over_mqtt(
            self.recording,
            self.topics,
            self.broker,
            Credentials(),
            pace=Pace(None),
            trouble=self.trouble,
            progress=self._progress,
        )
        over.set()
        watch.join()
        assert len(self.happened) == len(self.mishaps), "the recording was over before everything had gone wrong"
        return played

    def _progress(self, what: str, done: int, of: int) -> None:
        self._published = done

    def _watch(self, over: threading.Event) -> None:
        for share, mishap in sorted(self.mishaps.items()):
            while self._published < share * len(self.recording):
                if over.wait(0.001):
                    return
            mishap()
            self.happened.append(self._published)

    def messages(self) -> list[Numbered]:
        """Every message that was published, in order, with those that were published twice."""
        return list(Troubled(numbered(self.recording, self.topics), self.trouble))


def missing_in(messages: Iterable[Numbered]) -> int:
    """Count the numbers that nobody heard between the lowest and the highest of each topic."""
    heard: dict[str, set[int]] = {}
    for message in messages:
        heard.setdefault(message.topic, set()).add(json.loads(message.payload)["seq"])
    return sum(max(numbers) - min(numbers) + 1 - len(numbers) for numbers in heard.values())


def windows_of(messages: Iterable[Numbered], live: Live, fleet: FleetConfig) -> pl.DataFrame:
    """What the version in service says of the readings in messages: one question a unit, asked all at once."""
    reader = Reader(fleet, Topics(fleet, realtime_of(fleet)), 2**20)
    told: dict[str, dict[tuple[int, int], bytes]] = {}
    for message in messages:
        for one in reader.read(message.topic, message.payload.encode(), 2**62).readings:
            told.setdefault(one.unit, {})[one.time, one.seq] = one.cells
    latest = {unit: max(cells)[0] for unit, cells in told.items()}
    complete = Completeness.of(live.fleet, realtime_of(fleet))
    over = Now(0, 0.0, 0.0, end_of_day(max(latest.values())))
    asks = []
    for unit, cells in sorted(told.items()):
        rows = [np.frombuffer(cells[key], dtype=np.float64) for key in sorted(cells)]
        times = np.array([time for time, _ in sorted(cells)], dtype=np.int64)
        asks.append(Ask(unit, times, np.array(rows), since=0, until=complete.until(Unit(0, latest[unit]), over)))
    return live.score(asks).sort(KEYS)


def journalled(home: Path, fleet: str) -> pl.DataFrame:
    """Every scored window that a journal holds, by unit and time."""
    columns = ("unit_id", "window_start", "score", "threshold", "is_anomaly", "model_version", "unpublished")
    with sqlite3.connect(f"file:{home / 'realtime' / fleet}.sqlite?mode=ro", uri=True) as file:
        rows = file.execute(f"SELECT {', '.join(columns)} FROM windows").fetchall()
    frame = pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
    return frame.with_columns(
        pl.col("window_start").cast(pl.Datetime("us", "UTC")), pl.col("is_anomaly", "unpublished").cast(pl.Boolean)
    ).sort(KEYS)


def counted(home: Path, fleet: str) -> dict[str, int]:
    """Everything that a journal has ever counted."""
    with sqlite3.connect(f"file:{home / 'realtime' / fleet}.sqlite?mode=ro", uri=True) as file:
        return dict(file.execute("SELECT name, value FROM counters").fetchall())
