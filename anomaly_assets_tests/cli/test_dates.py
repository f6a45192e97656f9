from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.cli.dates import chosen_days
from anomaly_assets.errors import ConfigError
from anomaly_assets.pipelines import Span

RECORDED = Span(date(2024, 3, 5), date(2024, 3, 20))
KNOWN = Span(date(2024, 3, 1), date(2024, 3, 25))
DAYS = st.integers(0, 60).map(lambda n: date(2024, 2, 15) + timedelta(days=n))


def test_all_recorded_days_are_meant_when_none_is_named() -> None:
    assert chosen_days("small", RECORDED, KNOWN, None, None) == RECORDED


def test_the_last_day_is_included() -> None:
    day = date(2024, 3, 7)
    assert chosen_days("small", RECORDED, KNOWN, day, day).days() == [day]


def test_a_day_without_readings_may_be_asked_for() -> None:
    day = date(2024, 3, 24)
    assert chosen_days("small", RECORDED, KNOWN, day, day).days() == [day]


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2024, 3, 9), date(2024, 3, 8)), (date(2024, 4, 1), date(2024, 4, 3)), (date(2024, 4, 1), None)],
)
def test_days_that_make_no_sense_are_refused_with_a_remedy(first: date, last: date | None) -> None:
    with pytest.raises(ConfigError) as refused:
        chosen_days("small", RECORDED, KNOWN, first, last)
    assert refused.value.remedy


@given(DAYS, DAYS)
def test_what_is_chosen_was_asked_for_and_is_known(first: date, last: date) -> None:
    try:
        chosen = chosen_days("small", RECORDED, KNOWN, first, last)
    except ConfigError:
        assert first > last or last < KNOWN.start or first >= KNOWN.end
        return
    assert chosen.days() == [day for day in KNOWN.days() if first <= day <= last]
