"""Incidents of a fleet: raised from its scores or heard live, kept, asked for, acknowledged and told to people."""

from .asking import acknowledge, fleet_incidents, unit_states_now
from .days import IncidentsWritten, incident_days
from .references import references
from .stored import keep_live
from .telling import Told, tell_people

__all__ = [
    "IncidentsWritten",
    "Told",
    "acknowledge",
    "fleet_incidents",
    "incident_days",
    "keep_live",
    "references",
    "tell_people",
    "unit_states_now",
]
