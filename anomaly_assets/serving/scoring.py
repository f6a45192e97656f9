"""One thread that scores: it takes whatever requests are waiting, asks the champion once for all of them, and answers.

Nobody is made to wait for others to come: a batch is what has gathered while the last one was scored. A batch is asked
of one version from start to end, the one that its requests were checked against. What the answers say is written in
detecting.py.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import AnomalyAssetsError
from ..pipelines.live import Live
from .asking import Asked
from .refusals import Refusal, later, refusal_of

LOG = logging.getLogger(__name__)


class Verdict(NamedTuple):
    """What the champion says of one window; ``threshold`` is what it was judged by."""

    score: float
    is_anomaly: bool
    confidence: float
    threshold: float


Verdicts = list[Verdict | None]
"""One a window, in the order asked; None where the readings give no window."""
Note = Callable[[Live, Sequence[Asked], Verdicts], None]
"""Told of everything scored before it is answered; whatever it raises is what its requests are answered with."""


@dataclass(eq=False, slots=True)
class _Request:
    live: Live
    asked: Sequence[Asked]
    answer: "asyncio.Future[Verdicts]"


_Outcome = tuple[_Request, Verdicts | Exception]


class Desk:
    """Where requests of one event loop wait to be scored.

    Parameters
    ----------
    note : told of what was scored.
    at_once : windows that are scored together at most, unless one request alone has more.
    waiting : windows that may wait.
    """

    def __init__(self, note: Note, *, at_once: int, waiting: int) -> None:
        self.note, self.at_once, self.most = note, at_once, waiting
        self.waiting = 0
        self._queue: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)

    def start(self) -> None:
        """Begin to score."""
        self._thread.start()

    def close(self) -> None:
        """Score what is waiting, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    async def verdicts(self, live: Live, asked: Sequence[Asked]) -> Verdicts:
        """Wait until windows are scored.

        Raises
        ------
        Refusal
            503, if too many are waiting already; 422, if the champion can't score these.
        """
        request = _Request(live, asked, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._stopping or self.waiting + len(asked) > self.most:
                raise later("too many windows are waiting to be scored", found=f"{self.waiting} windows")
            self.waiting += len(asked)
            self._queue.append(request)
            self._changed.notify()
        return await request.answer

    def _run(self) -> None:
        while batch := self._next():
            outcomes = self._scored(batch)
            with suppress(RuntimeError):  # a loop that has ended waits for no answer
                batch[0].answer.get_loop().call_soon_threadsafe(_deliver, outcomes)

    def _next(self) -> list[_Request]:
        """Take what is waiting and may be asked together; nothing once the desk is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._queue) or self._stopping)
            batch: list[_Request] = []
            windows = 0
            while self._queue and (not batch or self._fits(batch[0], windows)):
                batch.append(self._queue.popleft())
                windows += len(batch[-1].asked)
            self.waiting -= windows
            return batch

    def _fits(self, first: _Request, windows: int) -> bool:
        following = self._queue[0]
        return following.live is first.live and windows + len(following.asked) <= self.at_once

    def _scored(self, batch: list[_Request]) -> list[_Outcome]:
        try:
            return self._scored_together(batch)
        except Exception as error:
            if len(batch) > 1:  # one request that can't be scored is no reason to refuse the others
                return [outcome for request in batch for outcome in self._scored([request])]
            return [(batch[0], _told(error))]

    def _scored_together(self, batch: list[_Request]) -> list[_Outcome]:
        live, outcomes, first = batch[0].live, [], 0
        verdicts = _ask(live, [one for request in batch for one in request.asked])
        for request in batch:
            outcomes.append((request, verdicts[first : first + len(request.asked)]))
            first += len(request.asked)
        whole = [(request.asked, said) for request, said in outcomes if None not in said]  # the others are refused
        self.note(live, [one for asked, _ in whole for one in asked], [one for _, said in whole for one in said])
        return [*outcomes]


def _ask(live: Live, asked: Sequence[Asked]) -> Verdicts:
    scored = live.score([one.ask for one in asked])
    verdicts: Verdicts = [None] * len(asked)
    for place, *said in scored.select("ask", *Verdict._fields).iter_rows():
        verdicts[place] = Verdict(*said)
    return verdicts


def _told(error: Exception) -> Exception:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, AnomalyAssetsError):
        return refusal_of(error)
    LOG.error("windows could not be scored", exc_info=error)
    return error


def _deliver(outcomes: list[_Outcome]) -> None:
    for request, outcome in outcomes:
        if request.answer.done():  # whoever asked has gone
            continue
        if isinstance(outcome, Exception):
            request.answer.set_exception(outcome)
        else:
            request.answer.set_result(outcome)
