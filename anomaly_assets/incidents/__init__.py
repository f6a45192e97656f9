"""Alarms become incidents: one calm row for what a person would call one thing going wrong.

polars and numpy only; nothing stored, nobody notified.
"""

from .grouping import group_incidents
from .raising import Raised, incident_id, raise_incidents
from .reduction import Reduction, reduction
from .severity import Reference, severity
from .states import STATES, incident_states, unit_states

__all__ = [
    "STATES",
    "Raised",
    "Reduction",
    "Reference",
    "group_incidents",
    "incident_id",
    "incident_states",
    "raise_incidents",
    "reduction",
    "severity",
    "unit_states",
]
