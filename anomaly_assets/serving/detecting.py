"""``POST /detect`` and ``POST /detect/batch``: windows in, what the champion says of them out."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..pipelines.live import Live
from .asking import Asked
from .reading import read_request
from .refusals import later, malformed
from .schemas import Detect, DetectBatch, Detected, DetectedBatch
from .scoring import Verdicts
from .service import Service
from .writing import as_json


def detecting(service: Service) -> APIRouter:
    """Give the routes that score."""
    routes = APIRouter(tags=["detection"])

    @routes.post("/detect", response_model=Detected, summary="Score one window")
    async def detect(request: Request) -> Response:
        """Score the window that `timestamp` lies in, with the fleet's champion.

        What lies above the threshold is recorded as an event before it is answered.
        """
        form = service.form()
        asked = [form.understood(await read_request(request, Detect))]
        return _answer(_told(request, form.live, asked, await _verdicts(service, form.live, asked))[0])

    @routes.post("/detect/batch", response_model=DetectedBatch, summary="Score many windows")
    async def detect_batch(request: Request) -> Response:
        """Score many windows, all with one version; one that can't be understood refuses all."""
        form, batch = service.form(), await read_request(request, DetectBatch)
        _check_size(len(batch.windows), service.config.most_windows)
        asked = [form.understood(window, f"windows[{number}].") for number, window in enumerate(batch.windows)]
        results = _told(request, form.live, asked, await _verdicts(service, form.live, asked), "windows[{}].")
        return _answer({"results": results, "total_processed": len(results)})

    return routes


def _check_size(found: int, most: int) -> None:
    if found > most:
        remedy = "send them in several requests, or raise most_windows in serving.yaml"
        raise malformed("too many windows", found=f"{found} windows", expected=f"{most} at most", remedy=remedy)


async def _verdicts(service: Service, live: Live, asked: Sequence[Asked]) -> Verdicts:
    try:
        async with asyncio.timeout(service.config.patience.total_seconds()):
            return await service.desk.verdicts(live, asked)
    except TimeoutError:
        raise later("scoring takes too long at the moment") from None


def _told(
    request: Request, live: Live, asked: Sequence[Asked], verdicts: Verdicts, place: str = ""
) -> list[dict[str, Any]]:
    """Write what the champion says as the answer's keys, or refuse where a window holds nothing to be scored."""
    elapsed = round(1000 * (perf_counter() - request.scope["began"]), 3)
    told = []
    for number, (one, said) in enumerate(zip(asked, verdicts, strict=True)):
        if said is None:
            raise malformed(
                f"{place.format(number)}window gives nothing to score",
                found=f"no reading of {one.detect.sensor_id} from which a feature could be made",
                expected="readings in the rows up to timestamp",
            )
        told.append(
            {
                "sensor_id": one.detect.sensor_id,
                "timestamp": one.detect.timestamp,
                "anomaly_score": said.score,
                "is_anomaly": said.is_anomaly,
                "confidence": said.confidence,
                "model_version": live.model_version,
                "processing_time_ms": elapsed,
            }
        )
    return told


def _answer(content: Any) -> Response:
    return Response(as_json(content), media_type="application/json")
