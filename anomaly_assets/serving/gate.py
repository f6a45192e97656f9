"""What every request passes on its way in and out: an id, a key, a rate, a size, a line in the log, a count.

Plain ASGI around the application, so that nothing escapes it; what is answered is decided further in.
"""

import logging
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from ..config import ServingConfig
from ..errors import AnomalyAssetsError, RequestError
from .callers import Keys, Rates
from .logs import RequestLog
from .metrics import Metrics
from .refusals import TOO_MUCH, Refusal, answer_of

LOG = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
SHOWN = 200
"""Characters of a path that are logged."""


class Gate:
    """The outermost layer of the service."""

    def __init__(self, app: App, config: ServingConfig, keys: Keys, metrics: Metrics) -> None:
        self.app, self.config, self.keys, self.metrics = app, config, keys, metrics
        self._rates = Rates(config.rate) if config.rate else None
        self.log = RequestLog(config.log_level)
        self.under_way = 0
        metrics.watch("requests_under_way", "Requests that are not answered yet.", lambda: self.under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] == "http":
            self.under_way += 1
            try:
                await _Passage(self, scope, receive, send).go()
            finally:
                self.under_way -= 1
        else:
            await self.app(scope, receive, send)

    def admit(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """Say who asks, or raise the refusal of who may not, has asked too often, or says that the body is too long."""
        client = scope.get("client")
        caller = str(client[0]) if client else "unknown"
        if scope["path"] in self.config.keyless:
            return caller
        if self.keys:
            caller = self.keys.caller(headers)
        if self._rates:
            self._rates.take(caller)
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:20]) > self.config.most_bytes:
            raise self.too_long(f"Content-Length {int(length[:20])}")
        return caller

    def too_long(self, found: str) -> Refusal:
        """Give the refusal of a body that is too long."""
        most = f"{self.config.most_bytes} bytes at most"
        told = RequestError("the body is too long", found=found, expected=most, remedy="send fewer windows at once")
        return Refusal(TOO_MUCH, told)


class _Passage:
    """One request on its way."""

    def __init__(self, gate: Gate, scope: Scope, receive: Receive, send: Send) -> None:
        self.gate, self.scope, self._receive, self._send = gate, scope, receive, send
        self.began, self.status, self.bytes, self.caller = perf_counter(), 0, 0, ""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id", b"")
        self.id = given if _ID.fullmatch(given) else os.urandom(16).hex().encode()
        scope["request_id"], scope["began"] = self.id.decode(), self.began

    async def go(self) -> None:
        try:
            self.caller = self.gate.admit(self.scope, self.headers)
            await self.gate.app(self.scope, self.receive, self.send)
        except Refusal as refusal:
            await self._refuse(refusal)
        except Exception as error:
            LOG.error("unexpected", exc_info=error, extra={"request_id": self.scope["request_id"]})
            await self._refuse(Refusal(500, unexpected()))
        finally:
            self._tell()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.bytes += len(message.get("body", b""))
            if self.bytes > self.gate.config.most_bytes:
                raise self.gate.too_long(f"more than {self.gate.config.most_bytes} bytes")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.id)]
        await self._send(message)

    async def _refuse(self, refusal: Refusal) -> None:
        if self.status:  # the answer has begun; nothing more can be said
            return
        answer = answer_of(refusal, self.scope["request_id"])
        await answer(self.scope, self._receive, self.send)

    def _tell(self) -> None:
        seconds = perf_counter() - self.began
        route = self.scope.get("route")
        path = getattr(route, "path", "unmatched")
        self.gate.metrics.answered(self.scope["method"] if route else "any", path, self.status, seconds)
        told = {
            "request_id": self.scope["request_id"],
            "method": self.scope["method"],
            "path": self.scope["path"][:SHOWN],
            "status": self.status,
            "ms": round(1000 * seconds, 3),
            "caller": self.caller,
        }
        self.gate.log.tell(told)


def unexpected() -> AnomalyAssetsError:
    """Give what is said of an error that nobody expected."""
    return RequestError(
        "something went wrong that should not have",
        remedy="tell who runs the service this request_id; its log says more",
    )
