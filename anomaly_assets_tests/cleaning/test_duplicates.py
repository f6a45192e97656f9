"""One moment said more than once, and time running backwards."""

import polars as pl

from .readings import clean_minutes, fleet_with, raw, said


def test_an_exact_repeat_is_counted_and_dropped():
    result = clean_minutes(raw([(0, 1.0), (0, 1.0), (1, 2.0)]), fleet_with())
    assert said(result) == {0: 1.0, 1: 2.0}
    assert (result.counts["duplicate"], result.counts["kept"], result.quarantine.height) == (1, 2, 0)


def test_a_file_inside_another_adds_nothing():
    rows = [(minute, float(minute)) for minute in range(20)]
    both = pl.concat([raw(rows, file="2017_2019.csv"), raw(rows[5:9], file="2017.csv")])
    result = clean_minutes(both, fleet_with())
    assert said(result) == dict(rows)
    assert (result.counts["duplicate"], result.quarantine.height) == (4, 0)


def test_of_two_contradicting_readings_the_last_stands_and_the_other_is_quarantined():
    result = clean_minutes(raw([(0, 1.0), (0, 3.0)]), fleet_with())
    assert said(result) == {0: 3.0}
    assert result.quarantine.select("sensor", "rule", "found", "source_row").rows() == [
        ("a", "conflicting_duplicate", "1.0", 1)
    ]


def test_files_of_one_sensor_each_fill_each_other_up():
    other = raw([(0, None)], file="b.csv").with_columns(b=pl.lit(7.0))
    result = clean_minutes(pl.concat([raw([(0, 1.0)], file="a.csv"), other]), fleet_with())
    assert result.cleaned.select("a", "b").rows() == [(1.0, 7.0)]
    assert (result.counts["kept"], result.quarantine.height) == (2, 0)


def test_an_impossible_reading_contradicts_nobody():
    result = clean_minutes(raw([(0, 1.0), (0, 5000.0)]), fleet_with())
    assert said(result) == {0: 1.0}
    assert result.quarantine["rule"].to_list() == ["out_of_range"]


def test_disorder_is_mended_and_counted():
    result = clean_minutes(raw([(3, 3.0), (1, 1.0), (2, 2.0), (0, 0.0)]), fleet_with())
    assert said(result) == {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0}
    assert result.counts["out_of_order"] == 2


def test_interleaved_files_and_units_are_not_disorder():
    odd, even = [(m, float(m)) for m in (1, 3, 5)], [(m, float(m)) for m in (0, 2, 4)]
    frame = pl.concat([raw(odd, file="odd.csv"), raw(even, file="even.csv"), raw(even, unit="v", file="odd.csv")])
    assert clean_minutes(frame, fleet_with()).counts["out_of_order"] == 0
