"""What people ask of incidents, and what they say to them: which there are now, what units are in, who looks after one.

States are those of now, by acknowledgements and time; the table keeps what the alarms alone say.
"""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from ...config import FleetConfig
from ...errors import IncidentError
from ...incidents import STATES, incident_states, unit_states
from ..days import DAY
from ..site import Site
from .days import raised_between, scored_until
from .units import sensors_missing, units_seen

UNITS = pl.Schema({"unit_id": pl.String(), "state": pl.String(), "last_seen": pl.Datetime("us", "UTC")})


def fleet_incidents(
    site: Site,
    fleet: FleetConfig,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    state: str | None = None,
    unit: str | None = None,
    now: datetime | None = None,
) -> pl.DataFrame:
    """List a fleet's incidents with their states as of now, the newest first.

    Parameters
    ----------
    start, end : those that were up at any time of [start, end).
    state : one of ``open``, ``acknowledged``, ``resolved``, ``expired``.
    unit : of this unit only.
    now : the moment of asking when not given. What has not been looked at yet (after the last scored window, or what
        the listener last told) resolves nothing.

    Returns
    -------
    Columns of the table ``incidents``, and acknowledged_at, acknowledged_by and note, null where nobody did.

    Raises
    ------
    IncidentError
        If there is no such state.
    EventsAwayError
        If the database of events, which knows the acknowledgements, does not answer.
    """
    if state is not None and state not in STATES:
        raise IncidentError(f"no incident can be {state}", found=state, expected=", ".join(STATES))
    stored = site.warehouse.read(site.table(fleet, "incidents"))
    known = _known(site, fleet, stored)
    told = incident_states(stored, site.events.acknowledgements(), now or datetime.now(UTC), fleet, known=known)
    asked = [pl.lit(True)]
    asked += [pl.col("end") > start] if start is not None else []
    asked += [pl.col("start") < end] if end is not None else []
    asked += [pl.col("state") == state] if state is not None else []
    asked += [pl.col("unit_id") == unit] if unit is not None else []
    return told.filter(*asked).sort("start", "unit_id", descending=[True, False])


def acknowledge(site: Site, fleet: FleetConfig, incident_id: str, by: str, note: str = "") -> dict[str, Any]:
    """Note that somebody looks after an incident; the first one counts.

    Returns
    -------
    The incident as `fleet_incidents` tells it now.

    Raises
    ------
    IncidentError
        If the fleet has no such incident.
    EventsAwayError
        If the database of events does not answer.
    """
    ids = site.warehouse.read(site.table(fleet, "incidents"), columns=["incident_id"])["incident_id"]
    if incident_id not in ids:
        raise IncidentError(
            f"{fleet.fleet} has no such incident",
            found=incident_id,
            expected="16 hexadecimal digits",
            remedy=f"list them with: anomaly-assets incidents {fleet.fleet}",
        )
    site.events.acknowledge(incident_id, datetime.now(UTC), by, note)
    return fleet_incidents(site, fleet).row(by_predicate=pl.col("incident_id") == incident_id, named=True)


def unit_states_now(site: Site, fleet: FleetConfig, now: datetime | None = None) -> pl.DataFrame:
    """Say of every unit what keeps it from being told about, or ``watched``: unit_id, state, last_seen.

    Parameters
    ----------
    now : judged is the day before it; the end of the last scored window when not given.
    """
    until = scored_until(site, fleet, site.warehouse.days(site.table(fleet, "scores")))
    moment = now or until
    if moment is None:
        return pl.DataFrame(schema=UNITS)
    units = units_seen(site, fleet).filter(pl.col("first_seen") < moment)
    alarms = raised_between(site, fleet, moment - DAY, moment).alarms
    states = unit_states(units, sensors_missing(site, fleet, moment), alarms, fleet, moment)
    return states.join(units, on="unit_id", how="left", maintain_order="left").select(list(UNITS))


def _known(site: Site, fleet: FleetConfig, incidents: pl.DataFrame) -> datetime | None:
    """Until when windows are known: scored ones, or those that the listener last told an incident of."""
    scored = scored_until(site, fleet, site.warehouse.days(site.table(fleet, "scores")))
    heard = incidents.filter(source="live")["end"].max()
    return max((moment for moment in (scored, heard) if isinstance(moment, datetime)), default=None)
