"""The OpenAPI document: the routes as FastAPI knows them, the bodies as the version in service wants them, examples.

Bodies are read raw and strictly (reading.py), so FastAPI can't know them; what a window must look like, and an example
that is answered, come from the champion.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..config import ServingConfig
from ..pipelines.live import Live
from .examples import Body, example_of
from .refusals import LATER, MALFORMED, TOO_MUCH, TOO_OFTEN, UNKNOWN, UNKNOWN_CALLER, Mistake
from .schemas import Acknowledgement, Detect, DetectBatch
from .service import Service

Document = dict[str, Any]
_REF = "#/components/schemas/{model}"
_BODIES: dict[str, type[BaseModel]] = {
    "/detect": Detect,
    "/detect/batch": DetectBatch,
    "/incidents/{incident_id}/acknowledge": Acknowledgement,
}
_REFUSED = {
    UNKNOWN_CALLER: "No valid API key",
    UNKNOWN: "There is no such thing",
    TOO_MUCH: "The body is too long",
    MALFORMED: "The request can't be understood; nothing has changed",
    TOO_OFTEN: "Asked too often; see Retry-After",
    LATER: "Not now; see Retry-After",
}
_ALWAYS_ANSWERED = ("/health", "/metrics")
_ACKNOWLEDGED = {"by": "night shift", "note": "fan replaced"}


def describe(app: FastAPI, service: Service, keyed: bool) -> Callable[[], Document]:
    """Give the function that writes the document, anew for every version in service.

    Parameters
    ----------
    keyed : whether an API key is asked for.
    """
    known: dict[int, Document] = {}

    def document() -> Document:
        live = service.champion.live
        version = live.version if live else 0
        if version not in known:
            known.clear()
            known[version] = _written(app, service, keyed, live)
        return known[version]

    return document


def _written(app: FastAPI, service: Service, keyed: bool, live: Live | None) -> Document:
    told = deepcopy(get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes))
    schemas = told["components"]["schemas"]
    models: list[Any] = [(model, "validation") for model in (*_BODIES.values(), Mistake)]
    schemas |= models_json_schema(models, ref_template=_REF)[1]["$defs"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    if live:
        _fit(schemas["Detect"]["properties"], live, service.config)
    schemas["DetectBatch"]["properties"]["windows"]["maxItems"] = service.config.most_windows
    example = example_of(service.site, live) if live else None
    for path, item in told["paths"].items():
        for operation in item.values():
            _complete(path, operation, example)
            _limit(operation, service.config)
            _refuse(path, operation, service.config, keyed)
    if keyed:
        _lock(told, service.config)
    return told


def _fit(properties: Document, live: Live, config: ServingConfig) -> None:
    """Say what a window of this version looks like."""
    names, most = ", ".join(live.sensors), max(config.most_rows, live.rows)
    properties["window"] |= {"minItems": 1, "maxItems": most}
    properties["window"]["items"] |= {"minItems": len(live.sensors), "maxItems": len(live.sensors)}
    properties["window"]["items"]["description"] = f"{names}; null for no reading."
    properties["window"]["description"] += (
        f" At least {live.rows} rows, one a grid step, unless times are told; of {names}."
    )
    if config.unknown_units == "refuse" and live.units:
        properties["sensor_id"]["enum"] = sorted(live.units)


def _complete(path: str, operation: Document, example: Body | None) -> None:
    """Say what body an operation takes, with one that it answers."""
    if path not in _BODIES:
        return
    content: Document = {"schema": {"$ref": _REF.format(model=_BODIES[path].__name__)}}
    bodies = {"/detect": example, "/detect/batch": {"windows": [example]} if example else None}
    body = bodies.get(path, _ACKNOWLEDGED)
    content |= {"example": body} if body else {}
    operation["requestBody"] = {"required": True, "content": {"application/json": content}}


def _limit(operation: Document, config: ServingConfig) -> None:
    """Say how much may be asked for at once."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "limit":
            parameter["schema"]["maximum"] = config.most_incidents


def _refuse(path: str, operation: Document, config: ServingConfig, keyed: bool) -> None:
    """Say how an operation may be refused."""
    taking = "requestBody" in operation or "parameters" in operation
    open_to_all = path in config.keyless
    meant = {
        UNKNOWN_CALLER: keyed and not open_to_all,
        TOO_OFTEN: config.rate is not None and not open_to_all,
        UNKNOWN: "{" in path,
        TOO_MUCH: "requestBody" in operation,
        MALFORMED: taking,
        LATER: path not in _ALWAYS_ANSWERED,
    }
    operation["responses"].pop(str(MALFORMED), None)
    shape = {"application/json": {"schema": {"$ref": _REF.format(model="Mistake")}}}
    told = {str(status): {"description": _REFUSED[status], "content": shape} for status, may in meant.items() if may}
    operation["responses"] |= dict(sorted(told.items()))


def _lock(told: Document, config: ServingConfig) -> None:
    """Say that a key is asked for, and where not."""
    told["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    told["security"] = [{"key": []}]
    for path, item in told["paths"].items():
        for operation in item.values():
            if path in config.keyless:
                operation["security"] = []
