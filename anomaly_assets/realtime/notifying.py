"""People are told of incidents as soon as these are kept, by the asset's function, in a thread of its own.

Who is told of what, and that nobody hears it twice, is decided in pipelines/incidents/.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

from ..config import FleetConfig
from ..pipelines import Site
from ..pipelines.incidents import tell_people

Tell = Callable[[str], None]
_LEAST = 1.0
"""Seconds that the last round may always take; one without news needs less."""


class Notifying:
    """Tells people what is new, while nobody waits for it: a mail server that is away delays nothing but its mail.

    Parameters
    ----------
    site, fleet : whose incidents; ``notifications.yaml`` of the site names who is told, nobody by default.
    every : from the end of one round to the next; what a channel does not take is tried again then.
    tell : told how many incidents people were told of, and why they can't be.
    """

    def __init__(self, site: Site, fleet: FleetConfig, every: timedelta, tell: Tell) -> None:
        self.site, self.fleet, self._every, self._tell = site, fleet, every.total_seconds(), tell
        self._called, self._ending = threading.Event(), threading.Event()
        self._troubles: list[str] = []
        self._thread = threading.Thread(target=self._run, name="notifying", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier run left untold."""
        self.call()
        self._thread.start()

    def call(self) -> None:
        """Say that there may be news; returns at once."""
        self._called.set()

    def end(self) -> None:
        """Let one last round be made; returns at once."""
        self._ending.set()
        self.call()

    def wait(self, patience: float) -> None:
        """Wait so many seconds for the last round; what it has not told by then is left to the next run."""
        self._thread.join(max(_LEAST, patience))
        if self._thread.is_alive():
            self._tell("people are still being told of incidents; who has not heard is told by the next run")

    def _run(self) -> None:
        over = False
        while not over:
            self._called.wait()
            self._called.clear()
            over = self._ending.is_set()
            if not self._round():
                self.call()
            self._ending.wait(self._every)

    def _round(self) -> bool:
        """Tell what is new; returns whether everybody has heard."""
        try:
            told = tell_people(self.site, self.fleet)
        except Exception as error:  # whatever it is, readings go on to be scored
            return self._note([f"{type(error).__name__}: {error}"])
        if told.messages:
            self._tell(f"people were told of {told.incidents:,} incidents in {told.messages:,} messages")
        return self._note(told.warnings)

    def _note(self, troubles: list[str]) -> bool:
        for trouble in troubles:
            if trouble not in self._troubles:
                self._tell(f"people can't be told of incidents now: {trouble}; trying again")
        self._troubles = troubles
        return not troubles
