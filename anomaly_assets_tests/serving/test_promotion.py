"""Versions are swapped while many ask: every answer names one version, and says what that version says."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import pytest

from anomaly_assets_tests.pipelines.plant import Plant

from .ponds import PATIENCE, Server, expected, lives, promote, told, varied, wait_until

CLIENTS, SWAPS = 32, 6


@pytest.mark.slow
def test_a_swap_while_32_ask_is_seen_by_nobody_but_in_the_versions_name(
    start: Callable[..., Server], copy: Plant, body: dict[str, Any]
) -> None:
    known = lives(copy)
    assert len(known) == 2
    bodies = [varied(body, number) for number in range(CLIENTS)]
    said = {name: expected(live, *bodies) for name, live in known.items()}
    first, second = said.values()
    assert all(one != other for one, other in zip(first, second, strict=True))
    server, enough = start(copy), Event()

    def ask(number: int) -> list[dict[str, Any]]:
        answers = []
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            while not enough.is_set():
                alone = client.post("/detect", json=bodies[number])
                batch = client.post("/detect/batch", json={"windows": [bodies[number]] * 2})
                assert (alone.status_code, batch.status_code) == (200, 200), alone.text + batch.text
                assert len({one["model_version"] for one in batch.json()["results"]}) == 1
                answers += [alone.json(), *batch.json()["results"]]
        return answers

    with ThreadPoolExecutor(CLIENTS) as crowd:
        asking = [crowd.submit(ask, number) for number in range(CLIENTS)]
        for swap in range(SWAPS):
            name = promote(copy, ("deviation", "hotelling_t2_q")[swap % 2])
            wait_until(lambda name=name: server.service.form().live.model_version == name)
        enough.set()
        answered = [one.result() for one in asking]
    for number, answers in enumerate(answered):
        for answer in answers:
            assert told(answer) == said[answer["model_version"]][number]
    versions = Counter(answer["model_version"] for answers in answered for answer in answers)
    assert set(versions) == set(known)


def test_a_promotion_is_followed_without_a_restart_and_a_rollback_too(
    start: Callable[..., Server], copy: Plant, body: dict[str, Any]
) -> None:
    server = start(copy)
    for detector in ("deviation", "hotelling_t2_q", "deviation"):
        name = promote(copy, detector)
        wait_until(lambda name=name: server.detect(body).json()["model_version"] == name)
    back = copy.site().registry.rollback("ponds")
    wait_until(lambda: server.detect(body).json()["model_version"] == f"{back.detector}_v{back.version}")


def test_a_registry_that_is_away_leaves_the_version_in_service(
    start: Callable[..., Server], copy: Plant, body: dict[str, Any]
) -> None:
    server = start(copy)
    before = server.detect(body).json()["model_version"]
    server.service.site.registry.versions = lambda fleet: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    wait_until(lambda: server.client.get("/health").json()["status"] == "degraded")
    assert server.detect(body).json()["model_version"] == before
    del server.service.site.registry.versions
    wait_until(lambda: server.client.get("/health").json()["status"] == "healthy")
