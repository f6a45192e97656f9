"""Readings that can't be true."""

import math

import pytest

from anomaly_assets.contracts import QUALITY

from .readings import at, bits, clean_minutes, fleet_with, raw, said

GAP, IMPUTED, IMPOSSIBLE = (QUALITY[name] for name in ("gap", "imputed", "impossible"))


def test_a_reading_beyond_the_range_goes_to_quarantine_with_its_origin():
    result = clean_minutes(raw([(0, 1.0), (1, 100.5), (2, 100.0)]), fleet_with())
    assert said(result) == {0: 1.0, 1: None, 2: 100.0}
    assert result.quarantine.rows() == [
        (at(1).date(), "u", at(1), "a", "out_of_range", "100.5", "u.csv", 2),
    ]
    assert (result.counts["out_of_range"], result.counts["fully_quarantined"], result.counts["kept"]) == (1, 1, 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_goes_to_quarantine(value):
    result = clean_minutes(raw([(0, value)]), fleet_with())
    assert result.cleaned.height == 0
    assert result.quarantine["rule"].to_list() == ["not_finite"]


def test_a_null_is_no_reading_and_no_fault():
    result = clean_minutes(raw([(0, None), (1, 1.0)]), fleet_with())
    assert (result.counts["empty"], result.counts["kept"], result.quarantine.height) == (1, 1, 0)


def test_an_impossible_reading_is_told_of_where_it_was_and_nowhere_else():
    result = clean_minutes(raw([(0, 1.0), (1, 100.5), (4, 2.0)]), fleet_with(impute_up_to="1m"), 0, 5)
    assert said(result) == {0: 1.0, 1: 1.0, 4: 2.0}
    assert bits(result) == {0: GAP, 1: IMPUTED | IMPOSSIBLE, 4: GAP}


def test_a_probe_that_says_nothing_but_nonsense_has_rows_that_say_so():
    result = clean_minutes(raw([(m, 500.0) for m in range(3)]), fleet_with(impute_up_to="5m"), 0, 10)
    assert said(result) == dict.fromkeys(range(3))
    assert set(bits(result).values()) == {IMPOSSIBLE}


def test_a_possible_reading_of_the_same_step_is_taken_and_the_other_told_of():
    result = clean_minutes(raw([(0.0, 500.0), (0.5, 3.0)]), fleet_with(), 0, 1)
    assert said(result) == {0: 3.0}
    assert bits(result)[0] & IMPOSSIBLE
