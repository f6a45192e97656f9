"""Taking events from the queue to the database: in order, one process at a time, again and again until it is there.

An event leaves the queue only after the database has committed it, so that whatever is killed whenever loses none.
"""

import logging
import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from ..errors import EventError, EventRefusedError
from .event import Event
from .queue import DiskQueue, Waiting
from .store import EventStore

_LOG = logging.getLogger(__name__)


class Delivery:
    """Empties a queue into a database for as long as it runs.

    Parameters
    ----------
    store : where to.
    queue : where from.
    batch : events per transaction of the database.
    linger : seconds in which more may arrive before a batch leaves.
    look_every : seconds between two looks for what other processes have recorded.
    first_pause, longest_pause : seconds of the pauses while the database is away; each is up to twice the one before.

    Attributes
    ----------
    delivered : events that the database has committed.
    """

    def __init__(
        self,
        store: EventStore,
        queue: DiskQueue,
        *,
        batch: int,
        linger: float,
        look_every: float,
        first_pause: float,
        longest_pause: float,
    ) -> None:
        self.store, self.queue, self.batch = store, queue, batch
        self.linger, self.look_every = linger, look_every
        self.first_pause, self.longest_pause = first_pause, longest_pause
        self.delivered = 0
        self._failures = 0
        self._trouble: str | None = None
        self._asked_at: float | None = None
        self._news, self._ending, self._stopping = threading.Event(), threading.Event(), threading.Event()

    def wake(self) -> None:
        """Say that something was recorded."""
        self._news.set()

    def end(self) -> None:
        """Let `run` return when the queue is empty, or once the database is found away."""
        self._ending.set()
        self._news.set()

    def stop(self) -> None:
        """Let `run` return after the batch that is under way."""
        self._stopping.set()
        self.end()

    @property
    def trouble(self) -> str | None:
        """What is wrong, as far as this process knows."""
        asked_at = self._asked_at
        silent = 0.0 if asked_at is None else time.monotonic() - asked_at
        if silent > self.store.patience and self._trouble is None:
            return f"The database of events at {self.store.address} has not answered for {silent:.0f} s."
        return self._trouble

    def run(self) -> None:
        """Deliver until told to end."""
        while True:
            last_round = self._ending.is_set()
            self._take_turn()
            if last_round:
                return
            self._news.wait(self.look_every)
            self._news.clear()
            self._ending.wait(self.linger)

    def _take_turn(self) -> None:
        try:
            with self.queue.turn_to_deliver() as mine:
                while mine and not self._stopping.is_set() and (batch := self.queue.first(self.batch)):
                    if not self._try(batch) and (self._ending.is_set() or self._ending.wait(self._pause())):
                        return
        except Exception as error:  # the queue itself: tried again at the next look
            self._note(error)
            self._ending.wait(self._pause())

    def _try(self, batch: list[Waiting]) -> bool:
        try:
            self._deliver(batch)
        except Exception as error:  # whatever it is, the events wait where they are
            self._note(error)
            return False
        finally:
            self._asked_at = None
        if self._trouble is not None or self.queue.trouble() is not None:
            _LOG.info("Events are delivered again.")
            self.queue.note_trouble(None)
        self._trouble, self._failures = None, 0
        return True

    def _deliver(self, batch: list[Waiting]) -> None:
        """Deliver some; what the database refuses is set aside, and what stands behind it goes on."""
        taken = self._events(batch)
        if not taken:
            return
        self._asked_at = time.monotonic()
        try:
            self.store.insert([event for _, event in taken])
        except EventRefusedError as refused:
            if len(taken) == 1:
                self._set_aside(taken[0][0], refused)
                return
            middle = len(taken) // 2
            for half in (taken[:middle], taken[middle:]):
                self._deliver([one for one, _ in half])
            return
        self.queue.remove([one for one, _ in taken])
        self.delivered += len(taken)

    def _events(self, batch: Sequence[Waiting]) -> list[tuple[Waiting, Event]]:
        found = []
        for one in batch:
            try:
                found.append((one, one.event()))
            except EventRefusedError as refused:
                self._set_aside(one, refused)
        return found

    def _set_aside(self, one: Waiting, refused: EventRefusedError) -> None:
        _LOG.warning("An event is set aside, see anomaly-assets events queue. %s", refused)
        self.queue.refuse(one, str(refused))

    def _note(self, error: Exception) -> None:
        sentence = str(error) if isinstance(error, EventError) else f"{type(error).__name__}: {error}"
        sentence = self.store.address.scrub(sentence)
        if sentence != self._trouble:
            _LOG.warning("Events wait on the disk. %s", sentence)
            with suppress(EventError):
                self.queue.note_trouble(sentence)
        self._trouble = sentence

    def _pause(self) -> float:
        """Twice as long as last time up to a bound, and by chance shorter, so that not everybody comes back at once."""
        self._failures += 1
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(self._failures - 1, 60))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311
