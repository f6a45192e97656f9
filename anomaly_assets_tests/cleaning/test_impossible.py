"""Readings that can't be true."""

import math

import pytest

from .readings import at, clean_minutes, fleet_with, raw, said


def test_a_reading_beyond_the_range_goes_to_quarantine_with_its_origin():
    result = clean_minutes(raw([(0, 1.0), (1, 100.5), (2, 100.0)]), fleet_with())
    assert said(result) == {0: 1.0, 2: 100.0}
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
