"""Readings onto the sampling grid."""

from datetime import timedelta

from anomaly_assets.cleaning import clean

from ..conftest import small_fleet
from .readings import START, clean_minutes, fleet_with, raw, said


def test_readings_of_one_step_are_averaged_at_its_start():
    assert said(clean_minutes(raw([(0.1, 1.0), (0.9, 3.0), (1.0, 7.0)]), fleet_with())) == {0: 2.0, 1: 7.0}


def test_averaging_a_constant_changes_nothing():
    """0.1 three times sums to a little more than 0.3."""
    assert said(clean_minutes(raw([(0.0, 0.1), (0.3, 0.1), (0.6, 0.1)]), fleet_with())) == {0: 0.1}


def test_the_mean_of_huge_readings_does_not_overflow():
    fleet = small_fleet(cleaning={"outliers": {"action": "ignore"}}, sensors={"a": {}, "b": {}})
    assert said(clean_minutes(raw([(0.0, 1.5e308), (0.5, 1.5e308)]), fleet)) == {0: 1.5e308}


def test_a_week_long_sampling_keeps_readings_on_their_day():
    week = small_fleet(sampling="7d")
    frame = raw([(1440 * day + 60, float(day)) for day in (0, 7, 14)])
    days = [clean(frame, week, START + timedelta(days=d), START + timedelta(days=d + 1)) for d in range(15)]
    assert [day.cleaned["a"].to_list() for day in days if day.cleaned.height] == [[0.0], [7.0], [14.0]]
