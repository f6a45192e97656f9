"""How the level of a whole fleet moves over time, in normal standard deviations; no fault, and nothing is labelled.

What a single unit's sensor does wrong, drift of one probe among it, is in faults.py.
"""

from datetime import date, datetime

import numpy as np

from ..config import FleetDriftConfig
from .signals import Values
from .timeline import Times, at_midnight


def fleet_level(drift: FleetDriftConfig | None, first_day: date, times: Times) -> Values:
    """Give the level of a fleet at some instants, shape (n_readings,); 0 where it doesn't move."""
    level, start = np.zeros(times.size), at_midnight(first_day)
    if drift is not None and drift.after is not None:
        level += drift.per_day * np.maximum(_days_since(start + drift.after, times), 0.0)
    if drift is not None and drift.shift_after is not None:
        level += drift.shift * (_days_since(start + drift.shift_after, times) >= 0)
    return level


def _days_since(moment: datetime, times: Times) -> Values:
    elapsed = times - np.datetime64(moment.replace(tzinfo=None), "us")
    return elapsed / np.timedelta64(1, "D")
