"""Threads that do one thing again and again until they are told to end, and whose failure is everybody's.

What may pass (a full disk, a database that is away) is told once and tried again; what nobody expected is a failure.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from ..errors import AnomalyAssetsError

PASSING = (AnomalyAssetsError, sqlite3.OperationalError, OSError)
_PAUSE = 1.0
"""Seconds until a step that has failed is tried again."""


@dataclass
class Workers:
    """The threads of a listener.

    Attributes
    ----------
    tell : told what hinders a step.
    ending : set once they are to end: on purpose, or because one has failed.
    failure : what nobody expected.
    """

    tell: Callable[[str], None] = lambda line: None
    ending: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, name: str, step: Callable[[], object], every: timedelta | None = None) -> None:
        """Take a step again and again.

        Parameters
        ----------
        every : from the beginning of one step to that of the next; at once when not given, and after a step that
            says that there is more to do.
        """
        thread = threading.Thread(target=self._run, args=(step, every), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """Let the steps that are being taken come to their end, and no other begin."""
        self.ending.set()
        for thread in self._threads:
            thread.join()

    def require(self) -> None:
        """Go on only where all threads do; raises what made one fail."""
        if self.failure is not None:
            raise self.failure

    def _run(self, step: Callable[[], object], every: timedelta | None) -> None:
        pause, hindered = every.total_seconds() if every else 0.0, ""
        try:
            while not self.ending.is_set():
                begun, more = time.monotonic(), False
                try:
                    more, hindered = bool(step()), ""
                except PASSING as error:
                    hindered = self._tell_once(str(error), hindered)
                    self.ending.wait(_PAUSE)
                if pause and not more:
                    self.ending.wait(max(0.0, begun + pause - time.monotonic()))
        except BaseException as error:  # told by who waits for the threads
            self.failure = self.failure or error
            self.ending.set()

    def _tell_once(self, trouble: str, told: str) -> str:
        if trouble != told:
            self.tell(f"{threading.current_thread().name}: {trouble}; trying again")
        return trouble
