"""Requests that are not answered as they wish: the status, the four facts of a mistake, and when to come back.

Every answer of a status from 400 on is told by this module, in one shape; what is a mistake is decided elsewhere.
"""

from collections.abc import Mapping
from typing import Any, Never

from pydantic import BaseModel, Field
from starlette.responses import Response

from ..errors import AnomalyAssetsError, IncidentError, RequestError
from .writing import as_json

MALFORMED, TOO_MUCH, UNKNOWN_CALLER, TOO_OFTEN, UNKNOWN, LATER = 422, 413, 401, 429, 404, 503
COME_BACK = 1
"""Seconds after which a request that could not be answered now is worth another try."""


class Mistake(BaseModel):
    """What was wrong, found and expected, what to do, and the id under which the log knows the request."""

    wrong: str = Field(examples=["the window of engine_001 has 12 rows"])
    found: str | None = Field(examples=["12 rows"])
    expected: str | None = Field(examples=["30 to 10000 rows, the oldest first"])
    remedy: str | None = Field(examples=["send more rows; where a recording begins later, fill up with rows of null"])
    request_id: str = Field(examples=["5f0c1f6f7d3b4c55a3a4f6a3b1d3e2c1"])


class Refusal(Exception):  # noqa: N818 - it is what is answered, not an error of ours
    """A request that is not answered with what it asks for.

    Parameters
    ----------
    status : of HTTP.
    told : the mistake.
    after : seconds after which another try is worth it, if one is.
    """

    def __init__(self, status: int, told: AnomalyAssetsError, after: int | None = None) -> None:
        self.status, self.told, self.after = status, told, after
        super().__init__(str(told))

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to it."""
        named = {
            UNKNOWN_CALLER: {"WWW-Authenticate": 'ApiKey realm="anomaly-assets"'},
            TOO_MUCH: {"Connection": "close"},  # the rest of the body is not waited for
        }
        return named.get(self.status, {}) | ({"Retry-After": str(self.after)} if self.after is not None else {})


def malformed(wrong: str, *, found: Any = None, expected: Any = None, remedy: str | None = None) -> Refusal:
    """Give the refusal of a request that can't be understood."""
    return Refusal(MALFORMED, RequestError(wrong, found=found, expected=expected, remedy=remedy))


def later(wrong: str, *, found: Any = None, remedy: str = "ask again in a moment", after: int = COME_BACK) -> Refusal:
    """Give the refusal of a request that may well be answered in a moment."""
    return Refusal(LATER, RequestError(wrong, found=found, remedy=remedy), after)


def refusal_of(mistake: AnomalyAssetsError) -> Refusal:
    """Say what a mistake that the platform tells means to who asked: theirs, something unknown, or ours for now."""
    if isinstance(mistake, IncidentError):
        return Refusal(UNKNOWN, mistake)
    if isinstance(mistake, RequestError):
        return Refusal(MALFORMED, mistake)
    return Refusal(LATER, mistake, COME_BACK)


def raise_refusal(mistake: AnomalyAssetsError) -> Never:
    """Raise the refusal that a mistake means."""
    raise refusal_of(mistake) from mistake


def answer_of(refusal: Refusal, request_id: str) -> Response:
    """Give the answer that tells a refusal."""
    return Response(body_of(refusal.told, request_id), refusal.status, refusal.headers, "application/json")


def body_of(told: AnomalyAssetsError, request_id: str) -> bytes:
    """Write a mistake as the body of an answer."""
    facts: Mapping[str, Any] = {"found": told.found, "expected": told.expected, "remedy": told.remedy}
    texts = {name: None if fact is None else str(fact) for name, fact in facts.items()}
    return as_json({"wrong": told.wrong, **texts, "request_id": request_id})
