"""A new, empty warehouse of each backend."""

from collections.abc import Callable
from pathlib import Path

import pytest

from anomaly_assets.warehouse import Warehouse, open_warehouse


@pytest.fixture(params=["duckdb", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Warehouse]:
    """Make a new, empty warehouse of one backend."""
    numbers = iter(range(10_000))
    if request.param == "memory":
        return lambda: open_warehouse(":memory:")
    return lambda: open_warehouse(tmp_path / f"w{next(numbers)}.duckdb")


@pytest.fixture
def warehouse(make: Callable[[], Warehouse]) -> Warehouse:
    return make()
