"""A fleet's file changed: the contract has more, fewer or other columns than the storage of either backend."""

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import explanation_columns, kind_columns, tables
from anomaly_assets.errors import WarehouseError
from anomaly_assets.warehouse import Warehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import day, put

TABLES = tables(small_fleet())
FEATURES = TABLES["features"]
WIDER = tables(small_fleet(sensors={"a": {}, "b": {}, "c": {}}))
NARROWER = tables(small_fleet(sensors={"a": {}}))


@pytest.mark.parametrize("name", ["features", "cleaned_sensors"])
def test_a_new_sensor_is_null_in_the_old_days(warehouse: Warehouse, name: str) -> None:
    old, wide = put(warehouse, TABLES[name], 0), WIDER[name]
    before = warehouse.read(wide)
    assert_frame_equal(before.select(old.columns), old)
    new = put(warehouse, wide, 1)
    found = warehouse.read(wide)
    added = [column for column in wide.dtypes if column not in old.columns]
    assert found.schema == wide.dtypes
    assert found.filter(pl.col(wide.day_column).dt.date() == day(0)).select(added).null_count().row(0) == (8,) * len(
        added
    )
    assert_frame_equal(warehouse.read(wide, day(1), day(2)), new)


@pytest.mark.parametrize("added", [list(explanation_columns()), list(kind_columns())], ids=["explained", "named"])
def test_scores_of_before_alarms_were_explained_or_named_are_read_with_nothing_there(
    warehouse: Warehouse, added: list[str]
) -> None:
    now = TABLES["scores"]
    then = replace(now, columns={name: kind for name, kind in now.columns.items() if name not in added})
    old = put(warehouse, then, 0)
    assert_frame_equal(warehouse.read(now, columns=old.columns), old)
    assert warehouse.read(now).select(pl.col(added).is_null().all()).row(0) == (True,) * len(added)
    new = put(warehouse, now, 1)
    assert_frame_equal(warehouse.read(now, day(1), day(2)), new)
    assert_frame_equal(warehouse.read(now, day(0), day(1), columns=old.columns), old)


def test_a_dropped_sensor_keeps_its_old_values(warehouse: Warehouse) -> None:
    old = put(warehouse, FEATURES, 0)
    put(warehouse, NARROWER["features"], 1)
    assert warehouse.read(NARROWER["features"]).columns == list(NARROWER["features"].dtypes)
    assert_frame_equal(warehouse.read(FEATURES, day(0), day(1)), old)
    assert warehouse.read(FEATURES, day(1))["b__raw"].null_count() == 8


def test_a_column_of_another_type_is_refused_and_nothing_lost(warehouse: Warehouse) -> None:
    before = put(warehouse, FEATURES, 0)
    columns = FEATURES.columns | {"a__raw": FEATURES.columns["unit_id"]}
    retyped = type(FEATURES)("small", "features", "window_start", FEATURES.key, columns, {})
    for call in (lambda: put(warehouse, retyped, 0), lambda: warehouse.read(retyped)):
        with pytest.raises(WarehouseError, match="another type"):
            call()
    assert_frame_equal(warehouse.read(FEATURES), before)
