"""Whatever is sent, nothing but 422 and 413 comes back: 500 bodies made to hurt, and schemathesis on the document."""

import json
import random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from .ponds import JSON, Server, told

Body = dict[str, Any]
FACTS = ["wrong", "found", "expected", "remedy", "request_id"]
BODIES, EXAMPLES = 500, 20
PATHS = ("/detect", "/detect/batch", "/incidents/0123456789abcdef/acknowledge")

TOKENS = [
    *(
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1e99999",
        "0x10",
        "1_000",
        "01",
        "+1",
        ".5",
        "5.",
        "1e",
    ),
    *('"0.5"', '"NaN"', "true", "false", "undefined", "None", "nil", "{}", "[]", "[[]]", '{"a":1}', "'1'", "1,,2", ","),
    *("9" * 400, "9" * 5000, "-" + "9" * 5000, "1" + "0" * 309, "0." + "0" * 5000 + "1x", "[" * 2000, '{"a":' * 2000),
    *(
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u0000"',
        '"\\x41"',
        '"\x01"',
        "\x00",
        "\ufeff",
        "\u2028",
        "/*c*/1",
        "//",
        "<x/>",
    ),
    *(
        '"9999-12-31T23:59:59-23:59"',
        '"0000-00-00T00:00:00Z"',
        '"2024-01-01T00:00:00"',
        '"1e30"',
        "1e30",
        "-62135596801",
    ),
    *('"' + "a" * 70_000 + '"', '"__proto__"', '"%n%s%p"', '"\'; DROP TABLE anomaly_events; --"', '"../../etc/passwd"'),
]
"""What stands where something else should."""


def hostile(body: Body, seed: int) -> bytes:
    """A body that hurts: pieces of a good one replaced, doubled, cut off or buried, or bytes at random."""
    chance = random.Random(seed)
    good = json.dumps(body)
    places = [place for place in range(len(good)) if good[place] in '[{,:"]}']

    def replaced() -> bytes:
        numbers = [place for place in range(1, len(good)) if good[place - 1] in "[ :" and good[place] not in " ["]
        at = chance.choice(numbers)
        end = min((good.find(stop, at) for stop in ",]}" if good.find(stop, at) > 0), default=len(good))
        return (good[:at] + chance.choice(TOKENS) + good[end:]).encode("utf-8", "surrogatepass")

    def cut() -> bytes:
        return good[: chance.randrange(len(good) - 1)].encode()

    def doubled() -> bytes:
        key = chance.choice(list(body))
        return ("{" + json.dumps({key: body[key]})[1:-1] + "," + good[1:]).encode()

    def buried() -> bytes:
        depth = chance.choice([1, 2, 200, 5000, 100_000])
        return b"[" * depth + good.encode() + b"]" * depth

    def swapped() -> bytes:
        first, second = chance.sample(places, 2)
        text = list(good)
        text[first], text[second] = text[second] + chance.choice(TOKENS), chance.choice(TOKENS)
        return "".join(text).encode("utf-8", "surrogatepass")

    def noise() -> bytes:
        return chance.randbytes(chance.choice([0, 1, 7, 300, 50_000]))

    def broken() -> bytes:
        text = bytearray(good.encode())
        for _ in range(chance.choice([1, 3, 30])):
            text[chance.randrange(len(text))] = chance.choice([0, 0x22, 0x5C, 0x80, 0xC0, 0xFF, 0x7B])
        return bytes(text)

    def misshapen() -> bytes:
        window = body["window"]
        wrong = chance.choice(
            [window[:-1], [*window[:-1], window[-1] * 2], [[]] * len(window), window[0], [window], {}, None, [None] * 9]
        )
        return json.dumps(body | {"window": wrong}).encode()

    def encoded() -> bytes:
        return good.encode(chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig"]))

    ways = [replaced, replaced, replaced, cut, doubled, buried, swapped, noise, broken, misshapen, encoded]
    return chance.choice(ways)()


def test_five_hundred_hostile_bodies_are_refused_in_a_sentence(server: Server, body: Body) -> None:
    before = told(server.detect(body).json())
    refused = 0
    for seed in range(BODIES):
        for path in PATHS:
            answer = server.client.post(path, content=hostile(body, seed), headers=JSON)
            assert answer.status_code in (200, 422), f"seed {seed} at {path}: {answer.status_code} {answer.text[:300]}"
            if answer.status_code == 422:
                refused += 1
                assert list(answer.json()) == FACTS and answer.json()["wrong"], seed
                assert len(answer.text) < 2000, seed
    assert refused > 0.97 * BODIES * len(PATHS)  # a broken bit may leave another good body
    assert told(server.detect(body).json()) == before


def test_bodies_of_the_wrong_kind_are_refused(server: Server, body: Body) -> None:
    good = json.dumps(body).encode()
    for said in (
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json\x80",
        ";",
        "*/*",
    ):
        answer = server.client.post("/detect", content=good, headers={"Content-Type": said.encode("latin-1")})
        assert answer.status_code == 422 and list(answer.json()) == FACTS
    form = server.client.post("/detect", data={"sensor_id": "unit_01"})
    assert form.status_code == 422
    zipped = server.client.post("/detect", content=good, headers=JSON | {"Content-Encoding": "gzip"})
    assert zipped.status_code in (200, 422)


TAKING = [
    ("POST", "/detect"),
    ("POST", "/detect/batch"),
    ("POST", "/incidents/{incident_id}/acknowledge"),
    ("GET", "/incidents"),
]
"""Operations that take something, which may be wrong."""
OPERATIONS = TAKING + [("GET", path) for path in ("/models", "/health", "/ready", "/metrics")]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def test_every_operation_is_tried(server: Server) -> None:
    paths = server.client.get("/openapi.json").json()["paths"]
    assert {(verb.upper(), path) for path, item in paths.items() for verb in item} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("verb", "path", "mode"),
    [(*operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
    + [(*operation, GenerationMode.NEGATIVE) for operation in TAKING],
)
def test_the_document_is_kept_to(server: Server, verb: str, path: str, mode: GenerationMode) -> None:
    operation = schemathesis.openapi.from_url(f"{server.url}/openapi.json")[path][verb]

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
