"""``GET /incidents`` and ``POST /incidents/{incident_id}/acknowledge``: what is going wrong, and who looks after it."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from ..pipelines.incidents import acknowledge, fleet_incidents
from .instants import instant_of
from .reading import read_request
from .refusals import malformed
from .schemas import Acknowledgement, Blamed, Incident, IncidentQuery, Incidents
from .service import Service


def attending(service: Service) -> APIRouter:
    """Give the routes of incidents."""
    routes = APIRouter(tags=["incidents"])
    site, fleet = service.site, service.fleet

    @routes.get("/incidents", summary="What is going wrong, the newest first")
    async def incidents(query: Annotated[IncidentQuery, Query()]) -> Incidents:
        """List incidents with their states as of now."""
        _check_limit(query.limit, service.config.most_incidents)
        since = instant_of(query.since, "since") if query.since else None
        ask = partial(fleet_incidents, site, fleet, start=since, state=query.state, unit=query.unit)
        found = await asyncio.to_thread(ask)
        return Incidents(incidents=[_told(row) for row in found.head(query.limit).to_dicts()], total=found.height)

    @routes.post("/incidents/{incident_id}/acknowledge", summary="Say that somebody looks after it")
    async def acknowledge_incident(incident_id: str, request: Request) -> Incident:
        """Note who looks after an incident; the first one counts."""
        said = await read_request(request, Acknowledgement)
        return _told(await asyncio.to_thread(acknowledge, site, fleet, incident_id, said.by, said.note))

    return routes


def _check_limit(asked: int, most: int) -> None:
    if asked > most:
        raise malformed("limit is too large", found=asked, expected=f"{most} at most", remedy="narrow down by since")


def _told(row: dict[str, Any]) -> Incident:
    ranks = [name.removeprefix("sensor_") for name in row if name.startswith("sensor_")]
    parts = ("sensor", "feature", "observed", "expected", "direction")
    blamed = [Blamed(**{part: row[f"{part}_{rank}"] for part in parts}) for rank in ranks if row[f"sensor_{rank}"]]
    named = f"{row['detector']}_v{row['model_version']}"
    plain = {name: row[name] for name in Incident.model_fields if name not in ("sensors", "model_version")}
    return Incident(**plain, sensors=blamed, model_version=named)
