"""A recording played over HTTP: every window of every unit is posted to /detect once it is complete.

The server scores; here readings are only put together as a device with a memory would.
"""

import json
import os
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from ...config import FleetConfig
from ...errors import RealtimeError
from ..telling import instant
from .pace import Pace
from .recording import Recording, Told

Progress = Callable[[str, int, int], None]
POSTING = "posting"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATIENCE = 60.0
"""Seconds that a server may take to answer."""


@dataclass
class Answers:
    """What the server said.

    Attributes
    ----------
    counts : ``answers``, ``alarms``, ``refused``, ``refused:<status>``.
    versions : answers by the version that gave them.
    latencies : seconds from question to answer.
    first_refusal : what the server said to the first question that it refused.
    seconds : how long all took.
    """

    counts: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    first_refusal: str | None = None
    seconds: float = 0.0


class Server:
    """A server of one fleet, over one connection that is kept.

    Parameters
    ----------
    url : such as ``http://127.0.0.1:8000``.

    Raises
    ------
    RealtimeError
        If the URL is none.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RealtimeError("that is no address of a server", found=url, expected="http://127.0.0.1:8000")
        made = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.url, self._path = url, parts.path.rstrip("/")
        self._connection = made(parts.hostname, parts.port, timeout=_PATIENCE)
        key = (os.environ.get("ANOMALY_API_KEYS") or "").split(",")[0].strip()
        self._headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask once; a connection that the server has closed meanwhile is made again.

        Raises
        ------
        RealtimeError
            If the server does not answer.
        """
        said = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            try:
                self._connection.request(method, self._path + path, said, self._headers)
                answer = self._connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text else None
            except (OSError, HTTPException, ValueError) as error:
                self._connection.close()
                if attempt == 2 or isinstance(error, ConnectionRefusedError):
                    raise RealtimeError(
                        f"no server answers at {self.url}",
                        found=error,
                        remedy="start one with: anomaly-assets serve FLEET, or name it with --url",
                    ) from error
        raise AssertionError


@dataclass
class Memory:
    """The latest readings of one unit, as much as a window needs.

    Attributes
    ----------
    sensors : in the order of the server.
    sampling, stride : of the fleet.
    rows : grid rows of a window.
    """

    sensors: tuple[str, ...]
    sampling: timedelta
    stride: timedelta
    rows: int
    _readings: deque[Told] = field(default_factory=deque)

    def hear(self, told: Told) -> dict[str, Any] | None:
        """Take a reading in; gives the question about the window before it, once that is complete."""
        before = self._readings[-1] if self._readings else None
        complete = before is not None and (before.time - _EPOCH) // self.stride < (told.time - _EPOCH) // self.stride
        question = self.question() if complete else None
        self._readings.append(told)
        return question

    def question(self) -> dict[str, Any] | None:
        """Ask about the window of the latest reading."""
        if not self._readings:
            return None
        latest = self._readings[-1]
        first = _EPOCH + (latest.time - _EPOCH) // self.sampling * self.sampling - (self.rows - 1) * self.sampling
        while self._readings[0].time < first:
            self._readings.popleft()
        times = [instant(told.time) for told in self._readings]
        window = [[told.values.get(name) for name in self.sensors] for told in self._readings]
        if self._readings[0].time > first:  # nothing was said at the beginning
            times.insert(0, instant(first))
            window.insert(0, [None] * len(self.sensors))
        return {"sensor_id": latest.unit, "window": window, "timestamp": instant(latest.time), "times": times}


def play_over_http(
    recording: Recording,
    url: str,
    pace: Pace,
    *,
    progress: Progress = lambda what, done, of: None,
    ended: Callable[[], bool] = lambda: False,
) -> Answers:
    """Post the windows of a recording, one after the other as their last readings come.

    Raises
    ------
    RealtimeError
        If no server answers, or it serves another fleet.
    """
    server, answers, begun = Server(url), Answers(), time.monotonic()
    fleet, serving = recording.fleet, _serving(server, recording.fleet)
    memories: dict[str, Memory] = {}

    def hear(told: Told) -> dict[str, Any] | None:
        known = memories.get(told.unit)
        if known is None:
            known = Memory(tuple(serving["sensors"]), fleet.sampling, fleet.stride, serving["rows"])
            memories[told.unit] = known
        return known.hear(told)

    for told in recording.before(serving["rows"] * fleet.sampling):
        hear(told)
    for done, told in enumerate(recording, 1):
        pace.wait(told.time, ended)
        if ended():
            break
        _ask(server, hear(told), answers)
        progress(POSTING, done, len(recording))
    for left in [] if ended() else memories.values():
        _ask(server, left.question(), answers)
    answers.seconds = time.monotonic() - begun
    return answers


def _serving(server: Server, fleet: FleetConfig) -> dict[str, Any]:
    status, said = server.ask("GET", "/models")
    champion = said.get("champion") if status == 200 and isinstance(said, dict) else None
    if champion is None or said["fleet"] != fleet.fleet:
        raise RealtimeError(
            f"{server.url} does not serve {fleet.fleet}",
            found=f"{status}: {json.dumps(said)[:200]}",
            expected=f"GET /models that tells of {fleet.fleet} and its champion",
            remedy=f"start it with: anomaly-assets serve {fleet.fleet}; put an API key into ANOMALY_API_KEYS",
        )
    return {"rows": champion["rows"], "sensors": [sensor["name"] for sensor in champion["sensors"]]}


def _ask(server: Server, question: dict[str, Any] | None, answers: Answers) -> None:
    if question is None:
        return
    begun = time.perf_counter()
    status, said = server.ask("POST", "/detect", question)
    if status == 200:
        answers.latencies.append(time.perf_counter() - begun)
        answers.counts.update(answers=1, alarms=said["is_anomaly"])
        answers.versions[said["model_version"]] += 1
    else:
        answers.counts.update({"refused": 1, f"refused:{status}": 1})
        answers.first_refusal = answers.first_refusal or json.dumps(said)[:300]


def quantile(latencies: Iterable[float], share: float) -> float:
    """Give the latency that so large a share of answers stayed below, in seconds."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
