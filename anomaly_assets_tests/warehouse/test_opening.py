"""A location says which backend it means."""

from pathlib import Path

import pytest

from anomaly_assets.errors import WarehouseError
from anomaly_assets.warehouse import DuckDBWarehouse, MemoryWarehouse, open_warehouse


def test_memory_gives_the_twin() -> None:
    assert isinstance(open_warehouse(":memory:"), MemoryWarehouse)


@pytest.mark.parametrize("form", ["{}", "duckdb:{}", "duckdb://{}"])
def test_a_path_or_a_duckdb_uri_gives_the_file(tmp_path: Path, form: str) -> None:
    warehouse = open_warehouse(form.format(tmp_path / "w.duckdb"))
    assert isinstance(warehouse, DuckDBWarehouse)
    assert warehouse.path == (tmp_path / "w.duckdb").resolve()
    assert list(tmp_path.iterdir()) == []  # nothing is made before the first write


def test_another_scheme_is_refused() -> None:
    with pytest.raises(WarehouseError, match="scheme"):
        open_warehouse("postgresql://host/database")
