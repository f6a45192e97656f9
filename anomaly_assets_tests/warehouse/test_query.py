"""A person's SELECT is answered, and nothing else, by either backend."""

import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import tables
from anomaly_assets.errors import WarehouseError
from anomaly_assets.warehouse import Warehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import day, put

TABLES = tables(small_fleet())
FEATURES = TABLES["features"]


def test_a_person_can_ask(warehouse: Warehouse) -> None:
    for number in range(2):
        put(warehouse, TABLES["scores"], number, value=float(number))
    sql = """SELECT unit_id, window_start::DATE AS day, sum(model_version) AS versions, count(*) AS windows
             FROM small.scores WHERE is_anomaly AND unit_id = ? GROUP BY ALL"""
    assert warehouse.query(sql, ["u1"]).to_dicts() == [{"unit_id": "u1", "day": day(1), "versions": 6, "windows": 4}]
    named = warehouse.query("SELECT count(*) AS n FROM small.scores WHERE unit_id = $unit", {"unit": "u0"})
    assert named["n"].to_list() == [8]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM small.features",
        "DROP TABLE small.features",
        "SELECT 1; DROP TABLE small.features",
        "COPY small.features TO 'stolen.csv'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM TABLES",
        "SET threads = 1",
        "ATTACH 'other.duckdb'",
        "SELECT nonsense FROM small.features",
        "SELECT unit_id::INTEGER FROM small.features",
        "SELECT ?",
        "SELEC",
        "",
    ],
)
def test_anything_but_one_select_is_refused(warehouse: Warehouse, sql: str) -> None:
    before = put(warehouse, FEATURES, 0)
    with pytest.raises(WarehouseError, match="can't be answered"):
        warehouse.query(sql)
    assert_frame_equal(warehouse.read(FEATURES), before)
