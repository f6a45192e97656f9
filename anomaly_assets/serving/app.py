"""The application: routes put together, every mistake told in one shape, the gate around it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from .. import __version__
from ..errors import AnomalyAssetsError, RequestError
from .attending import attending
from .callers import Keys
from .detecting import detecting
from .document import describe
from .gate import SHOWN, Gate, unexpected
from .looking import looking
from .page import page_of
from .reading import told_of_fault
from .refusals import Refusal, answer_of, refusal_of
from .service import Service
from .writing import as_json

NO_METHOD, GONE = 405, 499
"""Statuses of a path that knows another method, and of who asked and has not waited, which the log notes alone."""

_NO_SCRIPTS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def make_app(service: Service, keys: Iterable[str] = (), begun: Callable[[], None] = lambda: None) -> Gate:
    """Put the application of a fleet together.

    Parameters
    ----------
    service : started and stopped with the application.
    keys : API keys, one of which is asked for; nobody is asked for one where there are none.
    begun : called once the champion is loaded.

    Returns
    -------
    An ASGI application.
    """
    known = Keys(keys)
    app = FastAPI(
        title=f"anomaly_assets: {service.fleet.fleet}",
        description=service.fleet.description or f"Windows of {service.fleet.fleet}, scored by its champion.",
        version=__version__,
        lifespan=_lifespan(service, begun),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    for routes in (detecting(service), attending(service), looking(service)):
        app.include_router(routes)
    _add_document(app, service, bool(known))
    _add_refusals(app)
    return Gate(app, service.config, known, service.metrics)


def _lifespan(service: Service, begun: Callable[[], None]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(service.start)
        begun()
        try:
            yield
        finally:
            await service.close()

    return lifespan


def _add_document(app: FastAPI, service: Service, keyed: bool) -> None:
    document = describe(app, service, keyed)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(as_json(await asyncio.to_thread(document)), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(page_of(await asyncio.to_thread(document)), headers=_NO_SCRIPTS)


def _add_refusals(app: FastAPI) -> None:
    def answer(request: Request, refusal: Refusal) -> Response:
        return answer_of(refusal, request.scope["request_id"])

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return answer(request, refusal)

    @app.exception_handler(AnomalyAssetsError)
    async def mistaken(request: Request, mistake: AnomalyAssetsError) -> Response:
        return answer(request, refusal_of(mistake))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, told_of_fault(error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> Response:
        found = f"{request.method} {request.url.path[:SHOWN]}"
        wrong = "this path knows another method" if error.status_code == NO_METHOD else "there is nothing here"
        told = RequestError(wrong, found=found, remedy="GET /docs lists what there is")
        made = answer(request, Refusal(error.status_code, told))
        made.headers.update(error.headers or {})
        return made

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=GONE)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, _: Exception) -> Response:
        return answer(request, Refusal(500, unexpected()))
