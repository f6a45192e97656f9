"""Versions of a forecaster are listed, promoted and rolled back as a fleet's detectors are."""

from pathlib import Path

import pytest

from anomaly_assets.pipelines import clean_days, stage, train_forecaster
from anomaly_assets_tests.pipelines.forecast.conftest import settings
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Command

MODEL = "ponds.forecaster"


@pytest.fixture
def plant(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Two versions of a forecaster, the first in force."""
    plant = Plant(tmp_path / "plant", forecast=settings(tolerance=0.9)).simulated().arrive()
    monkeypatch.setenv("ANOMALY_HOME", str(plant.home))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(plant.root / "configs"))
    site = plant.site()
    stage(site, plant.fleet)
    clean_days(site, plant.fleet, plant.span)
    for _ in range(2):
        train_forecaster(site, plant.fleet)
    return plant


def test_a_forecaster_is_listed_promoted_and_rolled_back_by_its_name(plant: Plant, command: Command) -> None:
    listed = command("models", "list", MODEL)
    assert listed.code == 0, listed.err
    assert "forecaster/1" in listed.out and "skill" in listed.out
    made = command("models", "promote", MODEL, "2", "--reason", "to see it")
    assert "forecaster/2 is champion of ponds.forecaster." in made.out
    assert "to see it" in command("models", "list", MODEL).out
    assert "forecaster/1 is champion of ponds.forecaster again." in command("models", "rollback", MODEL).out
    assert plant.site().registry.alias(MODEL).version == 1


def test_a_forecaster_can_not_be_tried_out_beside_the_champion(plant: Plant, command: Command) -> None:
    refused = command("models", "shadow", MODEL, "2")
    assert refused.code == 2 and "no fleet" in refused.err
    assert plant.site().registry.alias(MODEL, "shadow") is None


def test_a_forecaster_of_no_fleet_is_told_as_such(plant: Plant, command: Command) -> None:
    refused = command("models", "list", "lakes.forecaster")
    assert refused.code == 2 and "there is no fleet 'lakes'" in refused.err
