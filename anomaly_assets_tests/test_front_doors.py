"""Every room is entered through its front door, which says exactly what it offers."""

import importlib
import pkgutil

import pytest

import anomaly_assets

ROOMS = [room.name for room in pkgutil.iter_modules(anomaly_assets.__path__) if room.ispkg]


@pytest.mark.parametrize("room", ROOMS)
def test_the_public_list_is_sorted_complete_and_true(room: str) -> None:
    front = importlib.import_module(f"anomaly_assets.{room}")
    assert front.__doc__
    assert all(hasattr(front, name) for name in front.__all__)
    assert len(set(front.__all__)) == len(front.__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_modules_say_what_lives_in_them(room: str) -> None:
    package = importlib.import_module(f"anomaly_assets.{room}")
    silent = [
        module.name
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not importlib.import_module(module.name).__doc__
    ]
    assert silent == []
