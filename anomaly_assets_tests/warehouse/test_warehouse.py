"""One suite for every backend: what `Warehouse` promises, on the file and on its twin."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import tables
from anomaly_assets.errors import ContractError, WarehouseError
from anomaly_assets.warehouse import Warehouse, open_warehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import FIRST, day, rows_of

TABLES = tables(small_fleet())
FEATURES = TABLES["features"]
DAY = timedelta(days=1)


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


def put(warehouse: Warehouse, number: int, table: Any = FEATURES, **shape: Any) -> pl.DataFrame:
    frame = rows_of(table, day(number), **shape)
    assert warehouse.replace(table, frame, day(number), day(number + 1)) == frame.height
    return frame


class TestRoundTrip:
    @pytest.mark.parametrize("name", TABLES)
    def test_every_table_comes_back_as_it_went_in(self, warehouse: Warehouse, name: str) -> None:
        table = TABLES[name]
        frame = put(warehouse, 0, table)
        found = warehouse.read(table)
        assert found.schema == table.dtypes
        assert_frame_equal(found, frame, check_row_order=False)

    @pytest.mark.parametrize("name", TABLES)
    def test_rows_are_ordered_by_the_key(self, warehouse: Warehouse, name: str) -> None:
        table = TABLES[name]
        frames = [rows_of(table, day(number)) for number in (2, 0, 1)]
        warehouse.replace(table, pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=1), day(0), day(3))
        order = table.key or (table.day_column, *(column for column in table.dtypes if column != table.day_column))
        found = warehouse.read(table)
        assert_frame_equal(found, found.sort(order))

    def test_nulls_unicode_and_the_ends_of_float_survive(self, warehouse: Warehouse) -> None:
        values = [None, 5e-324, -1.7976931348623157e308, 0.1 + 0.2]
        frame = rows_of(FEATURES, FIRST, units=1).with_columns(
            pl.Series("a__raw", values), unit_id=pl.lit("pümpe ☂ '; --")
        )
        warehouse.replace(FEATURES, frame, FIRST, day(1))
        assert warehouse.read(FEATURES)["a__raw"].to_list() == values
        assert warehouse.read(FEATURES, units=["pümpe ☂ '; --"]).height == 4

    def test_microseconds_and_days_before_1970_survive(self, warehouse: Warehouse) -> None:
        first = date(1969, 12, 31)
        frame = rows_of(FEATURES, first, count=1, units=1).with_columns(
            window_start=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            window_end=datetime(1970, 1, 1, tzinfo=UTC),
        )
        warehouse.replace(FEATURES, frame, first, first + DAY)
        assert warehouse.days(FEATURES) == {first: 1}
        assert_frame_equal(warehouse.read(FEATURES, first, first + DAY), frame)


class TestReading:
    def test_a_table_nobody_wrote_reads_as_empty(self, warehouse: Warehouse) -> None:
        assert_frame_equal(warehouse.read(FEATURES), FEATURES.empty())
        assert warehouse.days(FEATURES) == {}
        put(warehouse, 0)
        assert_frame_equal(warehouse.read(TABLES["scores"]), TABLES["scores"].empty())
        assert_frame_equal(warehouse.read(FEATURES, columns=["b__raw"], units=[]), FEATURES.empty().select("b__raw"))

    def test_bounds_are_half_open_and_instants_may_have_any_zone(self, warehouse: Warehouse) -> None:
        frame = pl.concat([put(warehouse, number) for number in range(3)])
        noon = datetime(2024, 3, 2, 12, tzinfo=UTC)
        expected = frame.filter(pl.col("window_start").is_between(noon, noon + DAY, closed="left"))
        assert_frame_equal(warehouse.read(FEATURES, noon, noon + DAY), expected, check_row_order=False)
        elsewhere = noon.astimezone(timezone(timedelta(hours=-9)))
        assert_frame_equal(warehouse.read(FEATURES, elsewhere, elsewhere + DAY), expected, check_row_order=False)
        assert warehouse.days(FEATURES, day(1)) == {day(1): 8, day(2): 8}
        assert warehouse.days(FEATURES, end=day(1)) == {day(0): 8}

    def test_a_date_column_takes_instants_as_bounds(self, warehouse: Warehouse) -> None:
        table = TABLES["drift_report"]
        for number in range(3):
            put(warehouse, number, table, count=1)
        noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
        assert set(warehouse.read(table, noon, noon + DAY)["day"]) == {day(1)}
        assert set(warehouse.read(table, day(1), day(3))["day"]) == {day(1), day(2)}

    def test_units_and_columns_choose(self, warehouse: Warehouse) -> None:
        frame = put(warehouse, 0)
        found = warehouse.read(FEATURES, units={"u1"}, columns=["b__raw", "unit_id"])
        assert_frame_equal(found, frame.filter(unit_id="u1").select("b__raw", "unit_id"))

    @pytest.mark.parametrize(
        "arguments",
        [{"columns": ["nope"]}, {"columns": ['a" FROM x; --']}, {"start": datetime(2024, 1, 1)}],
        ids=["unknown", "injection", "no zone"],
    )
    def test_senseless_arguments_are_refused(self, warehouse: Warehouse, arguments: dict[str, Any]) -> None:
        with pytest.raises(WarehouseError):
            warehouse.read(FEATURES, **arguments)

    def test_units_of_a_table_without_units_are_refused(self, warehouse: Warehouse) -> None:
        with pytest.raises(WarehouseError, match="unit_id"):
            warehouse.read(TABLES["drift_report"], units=["u1"])


class TestReplacing:
    def test_twice_is_once(self, warehouse: Warehouse) -> None:
        put(warehouse, 0)
        once = warehouse.read(FEATURES)
        put(warehouse, 0)
        assert_frame_equal(warehouse.read(FEATURES), once)

    def test_other_days_and_tables_stay(self, warehouse: Warehouse) -> None:
        scores = put(warehouse, 1, TABLES["scores"])
        before = [put(warehouse, number, value=1.0) for number in range(3)]
        put(warehouse, 1, value=2.0)
        assert_frame_equal(warehouse.read(FEATURES, day(0), day(1)), before[0])
        assert_frame_equal(warehouse.read(FEATURES, day(2), day(3)), before[2])
        assert set(warehouse.read(FEATURES, day(1), day(2))["a__raw"]) == {2.0}
        assert_frame_equal(warehouse.read(TABLES["scores"]), scores)

    def test_an_empty_frame_empties_the_days(self, warehouse: Warehouse) -> None:
        for number in range(3):
            put(warehouse, number)
        assert warehouse.replace(FEATURES, FEATURES.empty(), day(0), day(2)) == 0
        assert warehouse.days(FEATURES) == {day(2): 8}

    def test_days_need_not_be_neighbours(self, warehouse: Warehouse) -> None:
        for number in range(5):
            put(warehouse, number, value=1.0)
        frame = pl.concat([rows_of(FEATURES, day(number), value=2.0) for number in (0, 3)])
        warehouse.replace(FEATURES, frame, day(0), day(5), days=[day(3), day(0), day(4)])
        values = (
            warehouse.read(FEATURES).group_by(pl.col("window_start").dt.date().alias("day")).agg(pl.col("a__raw").max())
        )
        assert dict(values.iter_rows()) == {day(0): 2.0, day(1): 1.0, day(2): 1.0, day(3): 2.0}

    def test_a_broken_contract_writes_nothing(self, warehouse: Warehouse) -> None:
        before = put(warehouse, 0)
        good = rows_of(FEATURES, day(0), value=9.0)
        broken = {
            "unknown type": good.with_columns(a__raw=pl.lit("text")),
            "missing column": good.drop("b__raw"),
            "a null key": good.with_columns(unit_id=pl.lit(None, pl.String)),
            "a duplicated key": pl.concat([good, good.head(1)]),
            "an infinite value": good.with_columns(a__raw=pl.lit(float("inf"))),
            "a broken rule": good.with_columns(window_end=pl.col("window_start")),
            "another day": pl.concat([good, rows_of(FEATURES, day(1))]),
            "the end": good.with_columns(window_start=pl.col("window_start") + timedelta(hours=6)),
        }
        for what, frame in broken.items():
            with pytest.raises(ContractError):
                warehouse.replace(FEATURES, frame, day(0), day(1))
            assert warehouse.read(FEATURES).equals(before), what

    def test_a_row_of_a_day_that_is_not_chosen_is_refused(self, warehouse: Warehouse) -> None:
        frame = rows_of(FEATURES, day(1))
        with pytest.raises(ContractError, match="2024-03-02"):
            warehouse.replace(FEATURES, frame, day(0), day(3), days=[day(0), day(2)])

    @pytest.mark.parametrize(
        ("start", "end", "days"),
        [
            (day(1), day(1), None),
            (day(2), day(1), None),
            (day(0), day(1), [day(1)]),
            (datetime(2024, 3, 1), day(1), None),
        ],
    )
    def test_days_that_make_no_sense_are_refused(self, warehouse: Warehouse, start: date, end: date, days: Any) -> None:
        with pytest.raises(WarehouseError, match="days to replace"):
            warehouse.replace(FEATURES, FEATURES.empty(), start, end, days=days)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        steps=st.lists(
            st.tuples(st.integers(0, 5), st.integers(1, 3), st.sets(st.integers(0, 7)), st.integers(0, 3)), max_size=8
        )
    )
    def test_any_sequence_of_replacements_behaves_as_a_dict_of_days(
        self, make: Callable[[], Warehouse], steps: list[tuple[int, int, set[int], int]]
    ) -> None:
        warehouse, model = make(), dict[date, pl.DataFrame]()
        for value, (first, length, filled, count) in enumerate(steps):
            span = range(first, first + length)
            frames = {day(n): rows_of(FEATURES, day(n), count, float(value)) for n in span if n in filled}
            warehouse.replace(
                FEATURES, pl.concat([FEATURES.empty(), *frames.values()]), day(first), day(first + length)
            )
            model = {
                on: frame
                for on, frame in (model | {day(n): FEATURES.empty() for n in span} | frames).items()
                if len(frame)
            }
            assert warehouse.days(FEATURES) == {on: model[on].height for on in sorted(model)}
        expected = pl.concat([FEATURES.empty(), *model.values()]).sort(FEATURES.key)
        assert_frame_equal(warehouse.read(FEATURES), expected)


class TestGrowth:
    """A fleet's file changed: the contract has more, fewer or other columns than the storage."""

    WIDER = tables(small_fleet(sensors={"a": {}, "b": {}, "c": {}}))
    NARROWER = tables(small_fleet(sensors={"a": {}}))

    @pytest.mark.parametrize("name", ["features", "cleaned_sensors"])
    def test_a_new_sensor_is_null_in_the_old_days(self, warehouse: Warehouse, name: str) -> None:
        old, wide = put(warehouse, 0, TABLES[name]), self.WIDER[name]
        before = warehouse.read(wide)
        assert_frame_equal(before.select(old.columns), old)
        new = put(warehouse, 1, wide)
        found = warehouse.read(wide)
        added = [column for column in wide.dtypes if column not in old.columns]
        assert found.schema == wide.dtypes
        assert found.filter(pl.col(wide.day_column).dt.date() == day(0)).select(added).null_count().row(0) == (
            8,
        ) * len(added)
        assert_frame_equal(warehouse.read(wide, day(1), day(2)), new)

    def test_a_dropped_sensor_keeps_its_old_values(self, warehouse: Warehouse) -> None:
        old = put(warehouse, 0)
        put(warehouse, 1, self.NARROWER["features"])
        assert warehouse.read(self.NARROWER["features"]).columns == list(self.NARROWER["features"].dtypes)
        assert_frame_equal(warehouse.read(FEATURES, day(0), day(1)), old)
        assert warehouse.read(FEATURES, day(1))["b__raw"].null_count() == 8

    def test_a_column_of_another_type_is_refused_and_nothing_lost(self, warehouse: Warehouse) -> None:
        before = put(warehouse, 0)
        columns = FEATURES.columns | {"a__raw": FEATURES.columns["unit_id"]}
        retyped = type(FEATURES)("small", "features", "window_start", FEATURES.key, columns, {})
        for call in (lambda: put(warehouse, 0, retyped), lambda: warehouse.read(retyped)):
            with pytest.raises(WarehouseError, match="another type"):
                call()
        assert_frame_equal(warehouse.read(FEATURES), before)


class TestQuery:
    def test_a_person_can_ask(self, warehouse: Warehouse) -> None:
        for number in range(2):
            put(warehouse, number, TABLES["scores"], value=float(number))
        sql = """SELECT unit_id, window_start::DATE AS day, sum(model_version) AS versions, count(*) AS windows
                 FROM small.scores WHERE is_anomaly AND unit_id = ? GROUP BY ALL"""
        assert warehouse.query(sql, ["u1"]).to_dicts() == [
            {"unit_id": "u1", "day": day(1), "versions": 6, "windows": 4}
        ]
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
    def test_anything_but_one_select_is_refused(self, warehouse: Warehouse, sql: str) -> None:
        before = put(warehouse, 0)
        with pytest.raises(WarehouseError, match="can't be answered"):
            warehouse.query(sql)
        assert_frame_equal(warehouse.read(FEATURES), before)
