"""From the bytes of a body to a value of schemas.py, or one sentence about what is wrong with it; nothing else."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from .refusals import Refusal, malformed
from .schemas import Detect, DetectBatch

Body = TypeVar("Body", bound=BaseModel)
SHOWN = 60
"""Characters of a wrong value that are told."""

_EXPECTED = {
    "string_too_short": "a text that is not empty",
    "string_too_long": "a shorter text",
    "finite_number": "a finite number, or null for no reading",
    "float_type": "a number, or null for no reading",
    "string_type": "a text",
    "list_type": "a list",
    "model_type": "an object {...}",
    "missing": "the key",
    "string_pattern_mismatch": "text without control characters",
    "too_short": "one at least",
}


def read_body(kind: type[Body], body: bytes, content_type: str) -> Body:
    """Read a JSON body.

    Raises
    ------
    Refusal
        422, if it is no JSON or not what was asked for; the first fault is told with its place.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise malformed(
            "the body is not said to be JSON",
            found=f"Content-Type {content_type[:SHOWN]!r}" if content_type else "no Content-Type",
            expected="Content-Type application/json",
            remedy="send the header Content-Type: application/json",
        )
    try:
        read = kind.model_validate_json(body)
    except ValidationError as error:
        raise told_of_fault(error.errors(include_url=False)[0], kind) from None
    if body.count(b'"') != 2 * _texts(read) or b"\\" in body:
        _refuse_doubled(body)
    return read


async def read_request(request: Request, kind: type[Body]) -> Body:
    """Wait for the body of a request and read it; as `read_body`."""
    return read_body(kind, await request.body(), request.headers.get("content-type", ""))


def told_of_fault(fault: Mapping[str, Any], kind: type[BaseModel] | None = None) -> Refusal:
    """Say what pydantic found wrong, of a body of some kind or of a query."""
    place, what, sketch = _place(fault["loc"]), fault["type"], _sketch(kind) if kind else None
    if what == "json_invalid":
        wrong = fault["msg"].removeprefix("Invalid JSON: ")
        return malformed("the body is not JSON", found=wrong, expected=f"JSON such as {sketch}")
    if what == "missing":
        return malformed(f"{place} is missing", expected=sketch, remedy=f"send {place}")
    if what == "extra_forbidden":
        return malformed(f"{place} is not known here", expected=sketch, remedy=f"leave {place} out")
    expected = _EXPECTED.get(what) or fault["msg"].replace("Input should", "it should")
    return malformed(f"{place} is not what it should be", found=_shown(fault["input"]), expected=expected)


def _place(steps: tuple[int | str, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step[:SHOWN]}" for step in steps)
    return text.removeprefix(".") or "the body"


def _shown(value: Any) -> str:
    """Tell a wrong value in one short line, whatever it is."""
    if isinstance(value, list | dict):
        return f"a list of {len(value)}" if isinstance(value, list) else f"an object of {len(value)} keys"
    text = "null" if value is None else json.dumps(value) if isinstance(value, str | bool) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _sketch(kind: type[BaseModel]) -> str:
    if kind is DetectBatch:
        return '{"windows": [' + _sketch(Detect) + ", ...]}"
    if kind is Detect:
        return '{"sensor_id": "...", "window": [[...], ...], "timestamp": "2024-01-15T09:23:11Z"}'
    return "{" + ", ".join(f'"{name}": ...' for name in kind.model_fields) + "}"


def _texts(read: BaseModel) -> int:
    """Count the texts, keys and values, that a body without a doubled key holds."""
    if isinstance(read, DetectBatch):
        return 1 + sum(map(_texts, read.windows))
    values = [getattr(read, name) for name in read.model_fields_set]
    return len(values) + sum(len(v) if _is_times(v) else isinstance(v, str) for v in values)


def _is_times(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


def _refuse_doubled(body: bytes) -> None:
    """Look closely at a body that holds more quotes than it should: either texts with escapes, or a key twice."""
    try:
        json.loads(body, object_pairs_hook=_single)
    except (ValueError, RecursionError) as error:  # stricter than the first reading
        raise malformed("the body is not JSON", found=error) from None


def _single(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise malformed(
                f"key {key[:SHOWN]} stands there twice", expected="every key once", remedy="send one of them"
            )
        seen[key] = value
    return seen
