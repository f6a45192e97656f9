"""One thread that scores: it takes whatever requests are waiting, asks the champion once for all of them, and answers.

Nobody is made to wait for others to come: a batch is what has gathered while the last one was scored and its answers
went out. Beginning before these are out would gain nothing, since threads of Python take turns, and would find only
half of those who ask again. A batch is asked of one version from start to end, the one that its requests were checked
against. What the answers say is written in detecting.py.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
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
    """Where requests of one event loop wait to be scored; everything but the scoring itself happens in that loop.

    Parameters
    ----------
    note : told of what was scored.
    at_once : windows that are scored together at most, unless one request alone has more.
    waiting : windows that may wait, those that are being scored included.
    turns : of the loop, between the answers of a batch and the next one, in which answers go out and who asks again is
        heard; none where one alone was answered and nobody waits.
    """

    def __init__(self, note: Note, *, at_once: int, waiting: int, turns: int = 5) -> None:
        self.note, self.at_once, self.most, self.turns = note, at_once, waiting, turns
        self.waiting = 0
        self._arrived: deque[_Request] = deque()
        self._batches: SimpleQueue[list[_Request] | None] = SimpleQueue()
        self._busy = self._closed = False
        self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)

    def start(self) -> None:
        """Begin to score."""
        self._thread.start()

    async def close(self) -> None:
        """Take no more, wait until all that is waiting is scored, then end."""
        self._closed = True
        while self.waiting:
            await asyncio.sleep(0.01)
        self._batches.put(None)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    async def verdicts(self, live: Live, asked: Sequence[Asked]) -> Verdicts:
        """Wait until windows are scored.

        Raises
        ------
        Refusal
            503, if too many are waiting already; 422, if the champion can't score these.
        """
        if self._closed or self.waiting + len(asked) > self.most:
            raise later("too many windows are waiting to be scored", found=f"{self.waiting} windows")
        loop = asyncio.get_running_loop()
        request = _Request(live, asked, loop.create_future())
        if not self._busy:
            self._busy = True
            loop.call_soon(self._hand_over, loop)  # after all who have been heard in this turn of the loop
        self._arrived.append(request)
        self.waiting += len(asked)
        return await request.answer

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give what is waiting and may be asked together to the thread, if anything is."""
        batch: list[_Request] = []
        windows = 0
        while self._arrived and (not batch or self._fits(batch[0], windows)):
            batch.append(self._arrived.popleft())
            windows += len(batch[-1].asked)
        self._busy = bool(batch)
        if batch:
            self._batches.put(batch)

    def _fits(self, first: _Request, windows: int) -> bool:
        following = self._arrived[0]
        return following.live is first.live and windows + len(following.asked) <= self.at_once

    def _deliver(self, outcomes: list[_Outcome], loop: asyncio.AbstractEventLoop) -> None:
        for request, outcome in outcomes:
            self.waiting -= len(request.asked)
            if request.answer.done():  # whoever asked has gone
                continue
            if isinstance(outcome, Exception):
                request.answer.set_exception(outcome)
            else:
                request.answer.set_result(outcome)
        self._after(self.turns if len(outcomes) > 1 or self._arrived else 0, loop)

    def _after(self, turns: int, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the next batch over so many turns of the loop later."""
        if turns:
            loop.call_soon(self._after, turns - 1, loop)
        else:
            self._hand_over(loop)

    def _run(self) -> None:
        while batch := self._batches.get():
            outcomes, loop = self._scored(batch), batch[0].answer.get_loop()
            with suppress(RuntimeError):  # a loop that has ended waits for no answer
                loop.call_soon_threadsafe(self._deliver, outcomes, loop)

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
    judged = live.judge([one.ask for one in asked])
    verdicts: Verdicts = [None] * len(asked)
    said = zip(*(getattr(judged, name).tolist() for name in Verdict._fields), strict=True)
    for place, one in zip(judged.ask.tolist(), said, strict=True):
        verdicts[place] = Verdict(*one)
    return verdicts


def _told(error: Exception) -> Exception:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, AnomalyAssetsError):
        return refusal_of(error)
    LOG.error("windows could not be scored", exc_info=error)
    return error
