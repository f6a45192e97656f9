"""Identifiers are checked and quoted; every type of every contract can be stored."""

import pytest

from anomaly_assets.contracts import tables
from anomaly_assets.errors import WarehouseError
from anomaly_assets.warehouse import sql
from anomaly_assets_tests.conftest import small_fleet

TABLES = tables(small_fleet())


@pytest.mark.parametrize("name", ['a"b', "a;b", "", "1a", "A", "a b", "a.b", "a\n", "ä"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(WarehouseError, match="can't be a table or column"):
        sql.quoted(name)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_made_without_an_index(name: str) -> None:
    statements = " ".join(sql.creation(TABLES[name]))
    assert "KEY" not in statements
    assert "UNIQUE" not in statements


def test_a_type_without_storage_is_named() -> None:
    import dataframely as dy

    table = TABLES["scores"]
    columns = table.columns | {"odd": dy.Duration()}
    with pytest.raises(WarehouseError, match="odd"):
        sql.types(type(table)("small", "scores", table.day_column, table.key, columns, {}))
