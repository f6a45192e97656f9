"""Threads that do one thing again and again until they are told to end, and whose failure is everybody's."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class Workers:
    """The threads of a listener.

    Attributes
    ----------
    ending : set once they are to end: on purpose, or because one has failed.
    failure : what nobody expected.
    """

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
        from time import monotonic

        pause = every.total_seconds() if every else 0.0
        try:
            while not self.ending.is_set():
                begun = monotonic()
                more = step()
                if pause and not more:
                    self.ending.wait(max(0.0, begun + pause - monotonic()))
        except BaseException as error:  # told by who waits for the threads
            self.failure = self.failure or error
            self.ending.set()
