"""One plant, simulated, trained and scored once; who changes something takes a copy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from anomaly_assets.pipelines import Site, choose_champion, train_all

from .plant import Plant, days_prepared, days_scored, registry_prepared


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry") / "template"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Plant:
    """Never written to after it was made."""
    plant = Plant(tmp_path_factory.mktemp("plant")).simulated().dirtied(3, 14).arrive()
    site, fleet = registry_prepared(plant, empty_registry).site(), plant.fleet
    days_prepared(site, fleet, plant.span)
    train_all(site, fleet)
    choose_champion(site, fleet)
    days_scored(site, fleet, plant.span)
    return plant


@pytest.fixture
def copy(original: Plant, tmp_path: Path) -> Callable[..., Plant]:
    return lambda **changes: original.copied(tmp_path / "copy", **changes)


@pytest.fixture
def plant(copy: Callable[..., Plant]) -> Plant:
    """A copy of the original that a test may spoil."""
    return copy()


@pytest.fixture
def site(plant: Plant) -> Site:
    return plant.site()
