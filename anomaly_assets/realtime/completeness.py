"""When a window is complete: its unit has spoken since, or has been silent for so long that nothing more is awaited.

Everything here is in microseconds, moments since the epoch; nothing is read or written.
"""

from dataclasses import dataclass
from datetime import timedelta

from ..config import FleetConfig, RealtimeConfig
from .journal import Unit

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND


@dataclass(frozen=True)
class Now:
    """The moment in which it is asked what is complete.

    Attributes
    ----------
    wall : what the clock says.
    silent_since : monotonic clock, by which silence is measured: nothing could be heard before.
    clock : that clock now.
    over_at : the recording is over at this moment and nothing more will come; None while more may.
    """

    wall: int
    silent_since: float
    clock: float
    over_at: int | None = None


@dataclass(frozen=True)
class Completeness:
    """How long a fleet's windows wait.

    Attributes
    ----------
    stride : from one window to the next.
    lateness : how much later than a window's end a reading must be.
    idle : seconds of silence after which a window is taken as it is; never when None.
    carried : so long a reading stands for those that don't come.
    """

    stride: int
    lateness: int
    idle: float | None
    carried: int

    @classmethod
    def of(cls, fleet: FleetConfig, config: RealtimeConfig) -> "Completeness":
        """Take strides and carrying from the fleet as it was trained, patience from its section on real time."""
        lateness, carried = (span or timedelta(0) for span in (config.lateness, fleet.cleaning.impute_up_to))
        idle = config.idle.total_seconds() if config.idle else None
        return cls(fleet.stride // MICROSECOND, lateness // MICROSECOND, idle, carried // MICROSECOND)

    def begins(self, moment: int) -> int:
        """Give the start of the window that a moment lies in."""
        return moment // self.stride * self.stride

    def until(self, unit: Unit, now: Now) -> int:
        """Give the start of a unit's first window that may still change."""
        spoken = self.begins(unit.latest - self.lateness)
        farthest = unit.latest + self.stride + self.carried
        if now.over_at is not None:
            return max(spoken, self.begins(min(now.over_at, farthest)))
        silent = now.clock - max(unit.heard_at, now.silent_since)
        if self.idle is None or silent < self.idle:
            return spoken
        return max(spoken, self.begins(min(now.wall - self.lateness, farthest)))


def end_of_day(moment: int) -> int:
    """Give the midnight that ends a moment's day, UTC."""
    return (moment // DAY + 1) * DAY
