from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import FleetConfig
from anomaly_assets.orchestration import days_of
from anomaly_assets.orchestration.partitions import consecutive, daily, days_to_redo, range_tags
from anomaly_assets.pipelines import Span
from anomaly_assets_tests.conftest import small_fleet

DAY = timedelta(days=1)
DAYS = st.dates(date(2024, 1, 1), date(2024, 3, 31))


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


def keys(fleet: FleetConfig, first: date | None, last: date | None) -> list[str]:
    return list(daily(fleet, (first, last)).get_partition_keys())


class TestDaysOfAFleet:
    def test_whose_recording_has_ended_end_with_it(self, fleet: FleetConfig) -> None:
        found = keys(fleet, date(2018, 6, 1), date(2018, 6, 20))
        assert (found[0], found[-1], len(found)) == ("2018-06-01", "2018-06-20", 20)

    def test_that_lives_reach_to_today(self, fleet: FleetConfig, today: date) -> None:
        found = keys(fleet, today - 9 * DAY, today - DAY)
        assert (found[0], found[-1], len(found)) == ((today - 9 * DAY).isoformat(), today.isoformat(), 10)

    def test_that_was_silent_for_a_month_still_lives(self, fleet: FleetConfig, today: date) -> None:
        assert keys(fleet, today - 90 * DAY, today - 30 * DAY)[-1] == today.isoformat()

    def test_that_lives_grow_by_a_day_a_day(self, fleet: FleetConfig, today: date) -> None:
        grown = daily(fleet, (today - 9 * DAY, today))
        assert grown.end is None
        tomorrow = datetime.combine(today + DAY, datetime.min.time(), UTC) + timedelta(hours=1)
        with partition_loading_context(tomorrow):
            assert grown.get_last_partition_key() == (today + DAY).isoformat()

    def test_that_was_recorded_into_the_future_are_all_there(self, fleet: FleetConfig, today: date) -> None:
        assert keys(fleet, today - DAY, today + 4 * DAY)[-1] == (today + 4 * DAY).isoformat()

    @pytest.mark.parametrize("ahead", [0, 1, 30])
    def test_that_begins_today_or_later_have_a_day(self, fleet: FleetConfig, today: date, ahead: int) -> None:
        found = keys(fleet, today + ahead * DAY, today + ahead * DAY)
        assert (today + ahead * DAY).isoformat() in found

    def test_that_has_no_file_yet_reach_a_month_back(self, fleet: FleetConfig, today: date) -> None:
        found = keys(fleet, None, None)
        assert (found[0], found[-1]) == ((today - 30 * DAY).isoformat(), today.isoformat())

    @pytest.mark.parametrize(
        ("said", "first", "last"),
        [
            ({"start": "2018-05-01"}, "2018-05-01", "2018-06-20"),
            ({"end": "2018-06-11"}, "2018-06-01", "2018-06-10"),
            ({"start": "2018-06-05", "end": "2018-07-01"}, "2018-06-05", "2018-06-30"),
        ],
    )
    def test_are_those_of_its_file_where_it_names_them(self, said: Any, first: str, last: str) -> None:
        found = keys(small_fleet(**said), date(2018, 6, 1), date(2018, 6, 20))
        assert (found[0], found[-1]) == (first, last)

    def test_as_a_span_are_the_same_days(self, fleet: FleetConfig, today: date) -> None:
        for recorded in ((date(2018, 6, 1), date(2018, 6, 20)), (today - 3 * DAY, today), (None, None)):
            span = days_of(fleet, recorded)
            assert [day.isoformat() for day in span.days()] == keys(fleet, *recorded)


class TestConsecutive:
    @given(days=st.sets(DAYS))
    def test_spans_cover_exactly_the_days(self, days: set[date]) -> None:
        covered = [day for span in consecutive(days) for day in span.days()]
        assert covered == sorted(days)

    @given(days=st.sets(DAYS))
    def test_spans_are_as_long_as_possible(self, days: set[date]) -> None:
        spans = list(consecutive(days))
        assert all(following.start > span.end for span, following in pairwise(spans))

    @given(first=DAYS, length=st.integers(1, 40))
    def test_a_spans_tags_name_its_first_and_its_last_day(self, first: date, length: int) -> None:
        tags = range_tags(Span(first, first + length * DAY))
        assert tags["dagster/asset_partition_range_start"] == first.isoformat()
        assert tags["dagster/asset_partition_range_end"] == (first + (length - 1) * DAY).isoformat()


VERSIONS = st.dictionaries(DAYS.map(date.isoformat), st.sampled_from("abc"), max_size=20)


class TestDaysToRedo:
    partitions = dg.DailyPartitionsDefinition("2024-01-10", end_date="2024-03-20")

    @given(versions=VERSIONS, reach=st.integers(0, 72))
    def test_nothing_changed_is_nothing_to_do(self, versions: dict[str, str], reach: int) -> None:
        assert days_to_redo(self.partitions, timedelta(hours=reach), versions, versions) == (set(), set())

    @given(seen=VERSIONS, versions=VERSIONS, reach=st.integers(0, 72))
    def test_every_changed_day_is_redone_or_named_as_outside(
        self, seen: dict[str, str], versions: dict[str, str], reach: int
    ) -> None:
        redo, outside = days_to_redo(self.partitions, timedelta(hours=reach), seen, versions)
        changed = {day for day in seen.keys() | versions.keys() if seen.get(day) != versions.get(day)}
        assert changed == outside | {day.isoformat() for day in redo if day.isoformat() in changed}
        assert all(date(2024, 1, 10) <= day < date(2024, 3, 20) for day in redo if day.isoformat() in changed)

    @given(seen=VERSIONS, versions=VERSIONS, reach=st.integers(1, 72))
    def test_a_day_is_redone_for_a_change_within_its_look_back_only(
        self, seen: dict[str, str], versions: dict[str, str], reach: int
    ) -> None:
        redo, outside = days_to_redo(self.partitions, timedelta(hours=reach), seen, versions)
        changed = {
            date.fromisoformat(day) for day in seen.keys() | versions.keys() if seen.get(day) != versions.get(day)
        }
        changed -= {date.fromisoformat(day) for day in outside}
        for day in redo - changed:
            midnight = datetime.combine(day, datetime.min.time())
            reached = {(midnight - timedelta(hours=hours)).date() for hours in range(1, reach + 1)}
            assert reached & changed and day.isoformat() in seen

    def test_the_day_after_a_late_file_is_redone_when_its_look_back_reaches_it(self) -> None:
        seen = {f"2024-02-{day:02d}": "old" for day in range(1, 11)}
        redo, _ = days_to_redo(self.partitions, timedelta(hours=6), seen, seen | {"2024-02-04": "new"})
        assert redo == {date(2024, 2, 4), date(2024, 2, 5)}

    def test_a_day_that_vanished_is_redone_so_that_it_becomes_empty(self) -> None:
        redo, outside = days_to_redo(self.partitions, DAY, {"2024-02-04": "old"}, {})
        assert (redo, outside) == ({date(2024, 2, 4)}, set())

    def test_a_day_before_the_first_partition_is_named(self) -> None:
        redo, outside = days_to_redo(self.partitions, DAY, {}, {"2024-01-09": "new"})
        assert (redo, outside) == (set(), {"2024-01-09"})
