"""Incidents of a fleet: raised from its scores or heard live, kept, asked for, acknowledged and told to people."""

from .asking import acknowledge, fleet_incidents, unit_states_now
from .days import IncidentsWritten, incident_days
from .references import references
from .stored import keep_live

__all__ = [
    "IncidentsWritten",
    "acknowledge",
    "fleet_incidents",
    "incident_days",
    "keep_live",
    "references",
    "unit_states_now",
]
