"""Days become runs, bounds become values of the day column, frames become sorted by day."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import tables
from anomaly_assets.warehouse.partition import bound, checked, spans
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.warehouse.frames import FIRST, day, rows_of

TABLES = tables(small_fleet())
DAY = timedelta(days=1)


@given(st.sets(st.integers(0, 30)))
def test_runs_hold_exactly_the_days_and_never_touch(numbers: set[int]) -> None:
    runs = spans(day(0), day(31), [day(number) for number in numbers])
    inside = [first + DAY * n for first, last in runs for n in range((last - first).days)]
    assert inside == [day(number) for number in sorted(numbers)]
    assert all(earlier[1] < later[0] for earlier, later in pairwise(runs))


@given(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)), st.dates(date(1960, 1, 1), date(2100, 1, 1)))
def test_a_date_lies_before_a_bound_as_its_midnight_does(moment: datetime, on: date) -> None:
    instant, midnight = moment.replace(tzinfo=UTC), datetime(on.year, on.month, on.day, tzinfo=UTC)
    assert (on < bound(TABLES["drift_report"], instant)) == (midnight < instant)


@pytest.mark.parametrize("name", ["features", "quarantine"])
def test_a_frame_in_any_order_is_stored_day_by_day(name: str) -> None:
    table = TABLES[name]
    frame = pl.concat([rows_of(table, day(number)) for number in range(4)])
    found = checked(table, frame.sample(fraction=1.0, shuffle=True, seed=3), [(FIRST, day(4))])
    assert found[table.day_column].cast(pl.Date).is_sorted()
    assert_frame_equal(found, frame, check_row_order=False)
