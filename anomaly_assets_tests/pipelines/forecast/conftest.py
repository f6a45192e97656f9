"""One plant whose oxygen is forecast, learnt once; who changes something takes a copy."""

from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.pipelines import forecast_days, train_forecaster

from ..plant import Plant, days_prepared, document, registry_prepared
from .tanks import living, tanks_known, tanks_original, watched  # noqa: F401 - fixtures

PONDS = ["pond|1 a", "pond|1 b", "pond 2"]
"""Names with a | and spaces."""


def settings(**changes: Any) -> dict[str, Any]:
    """Settings that learn in a second, from 9 days."""
    return {
        "sensor": "oxygen",
        "horizon": "1d",
        "history": "20d",
        "lags": ["1h", "6h"],
        "means": ["2h", "1d"],
        "days": 2,
        "spread": "4d",
        "validation": "3d",
        "test": "3d",
        "origins_every": "7h",
        "grid": {"learning_rate": [0.1], "max_depth": [3]},
        "iterations": 10,
        "interval_iterations": 10,
        "min_rows_leaf": 20,
        "max_rows": 2000,
        "folds": 2,
    } | changes


@pytest.fixture(scope="session")
def forecast_original(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Plant:
    """Never written to after it was made."""
    simulation = document()["simulation"] | {"names": PONDS}
    made = Plant(tmp_path_factory.mktemp("ponds"), forecast=settings(), simulation=simulation)
    plant = registry_prepared(made.simulated().arrive(), empty_registry)
    days_prepared(plant.site(), plant.fleet, plant.span)
    assert train_forecaster(plant.site(), plant.fleet).promoted
    forecast_days(plant.site(), plant.fleet, plant.span)
    return plant


@pytest.fixture(scope="session")
def original(forecast_original: Plant) -> Plant:
    """What ``copy``, ``plant`` and ``site`` of the folder above are made from here."""
    return forecast_original
