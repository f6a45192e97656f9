"""One suite for every backend: what `Warehouse` promises, on the file and on its twin."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import tables
from anomaly_assets.errors import ContractError, WarehouseError
from anomaly_assets.warehouse import Warehouse
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import FIRST, day, put, rows_of

TABLES = tables(small_fleet())
FEATURES = TABLES["features"]
DAY = timedelta(days=1)


class TestRoundTrip:
    @pytest.mark.parametrize("name", TABLES)
    def test_every_table_comes_back_as_it_went_in(self, warehouse: Warehouse, name: str) -> None:
        table = TABLES[name]
        frame = put(warehouse, table, 0)
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
        put(warehouse, FEATURES, 0)
        assert_frame_equal(warehouse.read(TABLES["scores"]), TABLES["scores"].empty())
        assert_frame_equal(warehouse.read(FEATURES, columns=["b__raw"], units=[]), FEATURES.empty().select("b__raw"))

    def test_bounds_are_half_open_and_instants_may_have_any_zone(self, warehouse: Warehouse) -> None:
        frame = pl.concat([put(warehouse, FEATURES, number) for number in range(3)])
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
            put(warehouse, table, number, count=1)
        noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
        assert set(warehouse.read(table, noon, noon + DAY)["day"]) == {day(1)}
        assert set(warehouse.read(table, day(1), day(3))["day"]) == {day(1), day(2)}

    def test_units_and_columns_choose(self, warehouse: Warehouse) -> None:
        frame = put(warehouse, FEATURES, 0)
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
        put(warehouse, FEATURES, 0)
        once = warehouse.read(FEATURES)
        put(warehouse, FEATURES, 0)
        assert_frame_equal(warehouse.read(FEATURES), once)

    def test_other_days_and_tables_stay(self, warehouse: Warehouse) -> None:
        scores = put(warehouse, TABLES["scores"], 1)
        before = [put(warehouse, FEATURES, number, value=1.0) for number in range(3)]
        put(warehouse, FEATURES, 1, value=2.0)
        assert_frame_equal(warehouse.read(FEATURES, day(0), day(1)), before[0])
        assert_frame_equal(warehouse.read(FEATURES, day(2), day(3)), before[2])
        assert set(warehouse.read(FEATURES, day(1), day(2))["a__raw"]) == {2.0}
        assert_frame_equal(warehouse.read(TABLES["scores"]), scores)

    def test_an_empty_frame_empties_the_days(self, warehouse: Warehouse) -> None:
        for number in range(3):
            put(warehouse, FEATURES, number)
        assert warehouse.replace(FEATURES, FEATURES.empty(), day(0), day(2)) == 0
        assert warehouse.days(FEATURES) == {day(2): 8}

    def test_days_need_not_be_neighbours(self, warehouse: Warehouse) -> None:
        for number in range(5):
            put(warehouse, FEATURES, number, value=1.0)
        frame = pl.concat([rows_of(FEATURES, day(number), value=2.0) for number in (0, 3)])
        warehouse.replace(FEATURES, frame, day(0), day(5), days=[day(3), day(0), day(4)])
        values = (
            warehouse.read(FEATURES).group_by(pl.col("window_start").dt.date().alias("day")).agg(pl.col("a__raw").max())
        )
        assert dict(values.iter_rows()) == {day(0): 2.0, day(1): 1.0, day(2): 1.0, day(3): 2.0}

    def test_a_broken_contract_writes_nothing(self, warehouse: Warehouse) -> None:
        before = put(warehouse, FEATURES, 0)
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

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
