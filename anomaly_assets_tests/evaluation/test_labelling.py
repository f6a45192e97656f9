"""Labels become events, and windows anomalous or normal."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.evaluation import join_cut_labels, label_windows

from .windows import hour, labels, windows

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda s: (s[0] / 2, (s[0] + s[1]) / 2)))


def test_a_label_cut_at_midnight_is_one_event_again():
    assert join_cut_labels(labels((20, 24), (24, 48), (48, 50))).rows() == [("u", hour(20), hour(50))]


def test_labels_apart_stay_apart_and_units_never_mix():
    both = pl.concat([labels((0, 1), (2, 3)), labels((1, 2), unit="v")])
    assert join_cut_labels(both).height == 3


def test_a_window_that_only_touches_a_label_is_normal():
    assert label_windows(windows("...."), labels((1, 2))).to_list() == [False, True, False, False]


def test_a_label_of_one_sensor_counts_for_the_unit():
    assert label_windows(windows(".."), labels((0, 1), sensor="a")).to_list() == [True, False]


def test_no_labels_mean_no_anomalous_window():
    assert label_windows(windows("..."), labels()).to_list() == [False] * 3
    assert label_windows(windows(""), labels((0, 1))).to_list() == []


@given(SPANS, SPANS, st.randoms())
def test_windows_are_labelled_as_the_definition_says_in_their_own_order(spans, others, random):
    known = pl.concat([labels(*spans), labels(*others, unit="v")])
    rows = pl.concat([windows("." * 24), windows("." * 24, unit="v")])
    order = list(range(rows.height))
    random.shuffle(order)
    shuffled = rows[order]
    expected = [
        any(u == unit and s < end and e > start for u, s, e in known.select("unit_id", "start", "end").rows())
        for unit, start, end in shuffled.select("unit_id", "window_start", "window_end").rows()
    ]
    assert label_windows(shuffled, known).to_list() == expected
