"""Recording events so that none is lost: on the disk when `record` returns, in the database once that is there."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ..errors import EventError, EventRefusedError
from .delivery import Delivery
from .event import Event
from .queue import DiskQueue
from .store import EventStore


class Recorder:
    """Keeps events of one installation; threads and processes may each have one on the same folder, or share it.

    Make it after a fork, not before. Used as a context manager it starts at the beginning and closes at the end.

    Parameters
    ----------
    store : URL of the database, or the store.
    folder : where events wait, on a local disk; what an earlier run has left there is delivered first.
    batch : events per transaction of the database.
    linger : seconds in which more may arrive before a batch leaves.
    look_every : seconds between two looks for what other processes have recorded.
    first_pause, longest_pause : seconds of the pauses while the database is away; each is up to twice the one before.
    """

    def __init__(
        self,
        store: str | EventStore,
        folder: Path,
        *,
        batch: int = 1000,
        linger: float = 0.05,
        look_every: float = 0.5,
        first_pause: float = 0.1,
        longest_pause: float = 10.0,
    ) -> None:
        self.store = EventStore(store) if isinstance(store, str) else store
        self.queue = DiskQueue(folder)
        self._delivery = self._delivering(
            batch=batch,
            linger=linger,
            look_every=look_every,
            first_pause=first_pause,
            longest_pause=longest_pause,
        )
        self._thread: threading.Thread | None = None
        self._closed = False

    def _delivering(self, **settings: float) -> Delivery:
        return Delivery(self.store, self.queue, **settings)  # type: ignore[arg-type]

    def start(self) -> "Recorder":
        """Begin to deliver in a thread of its own, if that has not begun."""
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._delivery.run, name="events", daemon=True)
            self._thread.start()
        return self

    def record(self, events: Sequence[Event]) -> None:
        """Keep events, all or none: they are on the disk when this returns. Never waits for the database.

        Raises
        ------
        EventRefusedError
            If one of them is no event.
        EventError
            If the disk does not take them, or the recorder is closed.
        """
        if self._closed:
            raise EventError("the recorder of events is closed", remedy="record before closing it")
        for event in events:
            if not isinstance(event, Event):
                raise EventRefusedError("only events can be recorded", found=type(event).__name__, expected="Event")
        if events:
            self.queue.put(events)
            self._delivery.wake()

    @property
    def waiting(self) -> int:
        """Events of all processes that the database does not have yet."""
        return self.queue.waiting()

    @property
    def refused(self) -> int:
        """Events of all processes that the database will never take, set aside with the reason."""
        return self.queue.refused()

    @property
    def delivered(self) -> int:
        """Events that this recorder has taken to the database; a process's events may be taken there by another's."""
        return self._delivery.delivered

    @property
    def trouble(self) -> str | None:
        """What keeps events from their database, in a sentence; None while nothing does."""
        return self._delivery.trouble or self.queue.trouble()

    def flush(self, timeout: float) -> bool:
        """Wait until the database has what was recorded until now; tell whether it has."""
        deadline, last = time.monotonic() + timeout, self.queue.last_place()
        self._delivery.wake()
        while self.queue.waiting(until=last):
            if time.monotonic() >= deadline:
                return False
            time.sleep(min(0.01, max(0.0, deadline - time.monotonic())))
        return True

    def close(self, timeout: float = 5.0) -> None:
        """Deliver what waits as far as the time allows and the database is there; the rest waits for the next run."""
        self._closed = True
        if self._thread is not None:
            self._delivery.end()
            self._thread.join(timeout)
            self._delivery.stop()
            if self._thread.is_alive():  # it hangs on a database without an answer, and dies with the process
                return
        self.queue.close()
        self.store.close()

    def __enter__(self) -> "Recorder":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
