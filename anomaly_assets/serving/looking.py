"""``GET``: how the service is, which versions there are, what Prometheus asks for. Nothing here touches a model."""

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ..config import format_duration
from ..pipelines.live import Live
from ..registry import ModelVersion
from .metrics import CONTENT_TYPE
from .schemas import Health, Models, Ready, Sensor, Serving, Version
from .service import Service


def looking(service: Service) -> APIRouter:
    """Give the routes that look."""
    routes = APIRouter(tags=["service"])

    @routes.get("/health", summary="Whether the service is well")
    async def health() -> Health:
        """Answers 200 while the process lives; `degraded` without a model, or when something it needs is away."""
        live = service.champion.live
        well = live is not None and service.trouble is None
        version = live.model_version if live else None
        return Health(status="healthy" if well else "degraded", model_loaded=live is not None, model_version=version)

    @routes.get("/ready", summary="Whether windows can be scored")
    async def ready() -> Ready:
        """Answers 503 until a model is loaded."""
        return Ready(ready=True, model_version=service.form().live.model_version)

    @routes.get("/models", summary="What a window looks like, and which versions there are")
    async def models() -> Models:
        """Tell sensors in the order of a window's columns, units, and every registered version."""
        live = service.champion.live
        versions = await asyncio.to_thread(service.site.registry.versions, service.fleet.fleet)
        champion = _serving(live, service.config.most_rows) if live else None
        return Models(fleet=service.fleet.fleet, champion=champion, versions=[_version(v) for v in versions])

    @routes.get("/metrics", summary="For Prometheus", response_class=Response, responses={200: _TEXT})
    async def metrics() -> Response:
        """Requests, latencies, scores, anomaly rate, version in force, drift."""
        return Response(await asyncio.to_thread(service.metrics.written), headers={"Content-Type": CONTENT_TYPE})

    return routes


_TEXT: dict[str, Any] = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def _serving(live: Live, most_rows: int) -> Serving:
    sensors = [
        Sensor(name=name, measures=known.measures, role=known.role, description=known.description)
        for name, known in live.fleet.sensors.items()
    ]
    return Serving(
        name=live.name,
        version=live.version,
        model_version=live.model_version,
        engine=live.engine_name,
        sampling=format_duration(live.fleet.sampling),
        rows=live.rows,
        most_rows=max(live.rows, most_rows),
        sensors=sensors,
        units=sorted(live.units),
    )


def _version(version: ModelVersion) -> Version:
    return Version(
        name=version.name,
        version=version.version,
        model_version=f"{version.detector}_v{version.version}",
        detector=version.detector,
        kind=version.kind,
        status=version.status,
        aliases=list(version.aliases),
        created_at=version.created_at,
        metrics=version.metrics,
        released=version.released,
    )
