"""Many who ask without a pause while versions change and the database goes away; what they were told is kept.

The client is written for this: plain sockets of one event loop, so that it takes little from the server beside it.
"""

import asyncio
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from anomaly_assets.events import EventStore
from anomaly_assets_tests.events.proxy import Proxy
from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import expected, lives, promote, told, varied, wait_until

Body = dict[str, Any]
DETECTORS = ("deviation", "hotelling_t2_q")
VARIANTS = 16
"""Different windows that are asked about; every request has a timestamp of its own, and so an event of its own."""


@dataclass
class Told:
    """What was answered.

    Attributes
    ----------
    answers : number of good ones.
    failed : everything else, by what it was.
    wrong : answers that no version gives.
    alarms : timestamps and versions of windows above the threshold.
    seconds : latencies.
    versions : answers by version.
    """

    answers: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[Body] = field(default_factory=list)
    alarms: set[tuple[datetime, str]] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)


class Storm:
    """So many connections that ask until they are told to stop."""

    def __init__(self, plant: Plant, body: Body, url: str) -> None:
        address = urlsplit(url)
        self.host, self.port = str(address.hostname), int(address.port or 80)
        calm = body | {"window": [[8.0, 15.0][: len(body["window"][0])]] * len(body["window"])}
        self.bodies = [varied(body if number % 2 else calm, number) for number in range(VARIANTS)]
        self.said = {name: expected(live, *self.bodies) for name, live in lives(plant).items()}
        self.texts = [json.dumps(one | {"timestamp": "@"}).encode() for one in self.bodies]
        self.first = datetime.fromisoformat(body["timestamp"]).replace(second=0, microsecond=0)
        self.told, self.number = Told(), 0
        self.ended = False

    async def ask(self, connections: int) -> None:
        """Ask over so many connections at once."""
        await asyncio.gather(*(self._connection() for _ in range(connections)))

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            while not self.ended:
                self.number += 1
                await self._request(reader, writer, self.number)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.told.failed[type(error).__name__] += 1
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        # microseconds within one grid step, so that the same window is meant by all of them
        moment = self.first + timedelta(microseconds=number)
        text = self.texts[number % VARIANTS].replace(b"@", moment.isoformat().encode())
        head = (
            f"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + text)
        status, answer = await _answer(reader)
        self.told.seconds.append(time.perf_counter() - began)
        if status != 200:
            self.told.failed[f"{status} {answer.decode()[:200]}"] += 1
            return
        self._judge(json.loads(answer), number, moment)

    def _judge(self, answer: Body, number: int, moment: datetime) -> None:
        version = answer["model_version"]
        self.told.answers += 1
        self.told.versions[version] += 1
        if answer["timestamp"] != moment.isoformat() or told(answer) != self.said[version][number % VARIANTS]:
            self.told.wrong.append(answer)
        if answer["is_anomaly"]:
            self.told.alarms.add((moment.astimezone(UTC), version))


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(None, 1)[0])
    return int(head.split(None, 2)[1]), await reader.readexactly(length)


def raise_storm(
    plant: Plant, body: Body, url: str, road: Proxy, *, connections: int, promotions: int, seconds: float = 0
) -> Told:
    """Ask while versions change so many times; in the middle third of that the road to the database is shut.

    Parameters
    ----------
    seconds : so long at least; every promotion is waited for until answers tell of it.
    """
    storm, began = Storm(plant, body, url), time.monotonic()

    def weather() -> None:
        try:
            for number in range(promotions):
                if number in (promotions // 3, 2 * promotions // 3):
                    (road.shut if number == promotions // 3 else road.reopen)()
                name, before = promote(plant, DETECTORS[number % 2]), Counter(storm.told.versions)
                wait_until(lambda name=name, before=before: storm.told.versions[name] > before[name] + connections)
                time.sleep(max(0.0, began + seconds * (number + 1) / promotions - time.monotonic()))
        finally:
            storm.ended = True

    with ThreadPoolExecutor(1) as sky:
        changing = sky.submit(weather)
        asyncio.run(storm.ask(connections))
        changing.result()
    return storm.told


def delivered(url: str) -> set[tuple[datetime, str]]:
    """Timestamps and versions of all events in a database."""
    with closing(EventStore(url)) as store:
        rows = store.events(limit=None)
    return set(zip(rows["detected_at"].to_list(), rows["model_version"].to_list(), strict=True))
