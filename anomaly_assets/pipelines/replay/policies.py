"""When to train again: never, on a schedule, or when drift asks for it. The training itself is in living.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...config import FleetConfig, format_duration
from ...monitoring import RetrainDecision
from ..monitor import drift_asks
from ..site import Site


@dataclass(frozen=True)
class Asked:
    """What a policy is asked with at the end of a day.

    Attributes
    ----------
    now : the midnight that ends the day.
    first : when the first champion was made.
    last : when the latest retraining was launched, promoted or not; None before any.
    """

    site: Site
    fleet: FleetConfig
    now: datetime
    first: datetime
    last: datetime | None


@dataclass(frozen=True)
class Policy:
    """A name and what decides at the end of every day."""

    name: str
    due: Callable[[Asked], RetrainDecision]


def never() -> Policy:
    """Keep the first champion."""
    return Policy("no retraining", lambda asked: RetrainDecision(False, "nobody retrains"))


def scheduled(every: timedelta) -> Policy:
    """Train again so long after the latest training, whatever the days look like."""

    def due(asked: Asked) -> RetrainDecision:
        since = asked.now - (asked.last or asked.first)
        return RetrainDecision(since >= every, f"{format_duration(since)} since the latest training")

    return Policy(f"every {format_duration(every)}", due)


def on_drift() -> Policy:
    """Train again when the platform's own drift verdicts ask for it: days in a row, cooldown, age."""
    return Policy("on drift", lambda asked: drift_asks(asked.site, asked.fleet, asked.now, asked.last))


def usual_policies(every: timedelta = timedelta(days=30)) -> tuple[Policy, ...]:
    """Give the three that are worth comparing; the first is what the others are held against."""
    return never(), scheduled(every), on_drift()
