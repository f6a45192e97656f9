"""A recording as numbered messages; and, for those who ask for it, with the trouble that real networks make."""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import NamedTuple

from ..telling import instant
from ..topics import Topics
from .recording import Told


class Numbered(NamedTuple):
    """A message: where it goes, what moment it tells of, what it says."""

    topic: str
    time: datetime
    payload: str


def numbered(recording: Iterable[Told], topics: Topics) -> Iterator[Numbered]:
    """Make messages, one a reading, or one a cell where every sensor has a topic; every topic counts its own."""
    sent: Counter[str] = Counter()
    for told in recording:
        parts = [(name, {"value": value}) for name, value in told.values.items()]
        for sensor, said in parts if topics.names_sensor else [(None, {"values": told.values})]:
            topic = topics.reading(told.unit, sensor)
            payload = json.dumps({"time": instant(told.time), "seq": sent[topic], **said})
            sent[topic] += 1
            yield Numbered(topic, told.time, payload)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong on purpose.

    Attributes
    ----------
    duplicates : share of messages that come a second time, up to ``within`` messages later.
    lost : share of messages that never come.
    shuffle : messages come up to so many places late.
    within : see ``duplicates``.
    seed : every random choice comes from it.
    """

    duplicates: float = 0.0
    lost: float = 0.0
    shuffle: int = 0
    within: int = 100
    seed: int = 0


class Troubled:
    """Messages with trouble made.

    Attributes
    ----------
    counts : ``sent``, ``duplicated``, ``lost``, ``delayed`` (come after one that was numbered later).
    """

    def __init__(self, messages: Iterable[Numbered], trouble: Trouble) -> None:
        self._messages, self._trouble = messages, trouble
        self.counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Numbered]:
        waiting: list[tuple[float, int, Numbered]] = []
        random = Random(self._trouble.seed)  # noqa: S311 - trouble is no secret
        made, latest = 0, -1
        for place, message in enumerate(self._messages):
            for due in self._dues(random, place):
                heapq.heappush(waiting, (due, made, message))
                made += 1
            while waiting and waiting[0][0] <= place:
                latest = self._sent(waiting[0], latest)
                yield heapq.heappop(waiting)[2]
        while waiting:
            latest = self._sent(waiting[0], latest)
            yield heapq.heappop(waiting)[2]

    def _dues(self, random: Random, place: int) -> list[float]:
        """Choose the places at which a message comes: none, one or two."""
        trouble = self._trouble
        if trouble.lost and random.random() < trouble.lost:
            self.counts["lost"] += 1
            return []
        due = place + (random.uniform(0, trouble.shuffle + 1) if trouble.shuffle else 0)
        if trouble.duplicates and random.random() < trouble.duplicates:
            self.counts["duplicated"] += 1
            return [due, due + random.uniform(0, trouble.within)]
        return [due]

    def _sent(self, entry: tuple[float, int, Numbered], latest: int) -> int:
        self.counts["sent"] += 1
        self.counts["delayed"] += entry[1] < latest
        return max(latest, entry[1])
