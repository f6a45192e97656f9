"""One plant behind one server; who changes something takes a copy, or a server of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.pipelines.live import Live, open_live
from anomaly_assets_tests.pipelines.plant import Plant

from . import ponds


@pytest.fixture(autouse=True)
def no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANOMALY_EVENTS_URL", "POSTGRES_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """Never promoted in, and never written to but for events."""
    return ponds.made(tmp_path_factory.mktemp("serving"))


@pytest.fixture
def copy(plant: Plant, tmp_path: Path) -> Plant:
    """An installation like it that a test may change, and that has no event yet."""
    made = plant.copied(tmp_path / "copy")
    shutil.rmtree(made.home / "events", ignore_errors=True)
    return made


@pytest.fixture(scope="session")
def live(plant: Plant) -> Live:
    """The champion, without a server."""
    return open_live(plant.site(), "ponds")


@pytest.fixture(scope="session")
def body(plant: Plant, live: Live) -> dict[str, Any]:
    """A request that is answered."""
    return ponds.example(plant, live)


@pytest.fixture(scope="session")
def server(plant: Plant) -> Iterator[ponds.Server]:
    with ponds.Server(plant) as server:
        yield server


@pytest.fixture
def start(plant: Plant) -> Iterator[Callable[..., ponds.Server]]:
    """Starts a server with settings of its own."""
    running: list[ponds.Server] = []

    def starting(of: Plant = plant, **changes: Any) -> ponds.Server:
        running.append(ponds.Server(of, **changes).__enter__())
        return running[-1]

    yield starting
    for one in running:
        one.__exit__()
