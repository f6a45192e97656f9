"""When a message of a recording is due: as it was recorded, so many times faster, or as fast as it is taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Pace:
    """A clock that runs with a recording.

    Attributes
    ----------
    speed : how many times faster than it was recorded; as fast as possible when None.
    """

    speed: float | None
    _origin: datetime | None = None
    _begun: float = 0.0

    def left(self, moment: datetime) -> float:
        """Give the seconds until a moment of the recording has come; the first one asked for comes at once."""
        if self.speed is None:
            return 0.0
        if self._origin is None:
            self._origin, self._begun = moment, time.monotonic()
        due = self._begun + (moment - self._origin).total_seconds() / self.speed
        return max(0.0, due - time.monotonic())

    def wait(self, moment: datetime, ended: Callable[[], bool]) -> None:
        """Wait until a moment of the recording has come, or the replay has been ended."""
        while (left := self.left(moment)) > 0 and not ended():
            time.sleep(min(left, 0.2))
