from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.pipelines import Span, midnight, span_of

FIRST = date(2024, 2, 27)
SPAN = Span(FIRST, FIRST + timedelta(days=9))
ROWS = st.dictionaries(st.sampled_from(SPAN.days()), st.integers(0, 100))


@given(rows=ROWS, limit=st.integers(1, 200))
def test_pieces_follow_each_other_and_make_the_whole_span(rows: dict[date, int], limit: int) -> None:
    pieces = list(SPAN.chunks(rows, limit))
    assert [day for piece in pieces for day in piece.days()] == SPAN.days()


@given(rows=ROWS, limit=st.integers(1, 200))
def test_a_piece_of_several_days_keeps_the_limit(rows: dict[date, int], limit: int) -> None:
    for piece in SPAN.chunks(rows, limit):
        held = [rows.get(day, 0) for day in piece.days()]
        assert sum(held) <= limit or len([count for count in held if count]) == 1


@given(rows=ROWS, limit=st.integers(1, 200))
def test_no_two_neighbours_would_have_fitted_together(rows: dict[date, int], limit: int) -> None:
    held = [[rows.get(day, 0) for day in piece.days()] for piece in SPAN.chunks(rows, limit)]
    assert all(sum(one) + following[0] > limit for one, following in pairwise(held))


def test_a_span_of_no_days_has_no_pieces() -> None:
    assert list(Span(FIRST, FIRST).chunks({})) == []


def test_a_span_ends_at_the_midnight_before_its_end() -> None:
    leap = Span(date(2024, 2, 28), date(2024, 3, 1))
    assert leap.days() == [date(2024, 2, 28), date(2024, 2, 29)]
    assert (leap.first_moment, leap.last_moment) == (midnight(leap.start), midnight(date(2024, 3, 1)))
    assert leap.last_moment.utcoffset() == timedelta(0)


def test_the_span_of_days_with_holes_reaches_from_the_first_to_the_last() -> None:
    assert span_of({date(2024, 3, 4): 1, date(2024, 3, 1): 0}) == Span(date(2024, 3, 1), date(2024, 3, 5))
    assert span_of({}) is None
