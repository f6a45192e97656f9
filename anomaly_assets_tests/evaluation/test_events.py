"""Alarms against events, on cases that a person can follow."""

from datetime import timedelta

import polars as pl
import pytest

from anomaly_assets.evaluation import EventMetrics, event_metrics

from .windows import HOUR, labels, windows


def test_a_day_worked_out_by_hand():
    """Events 4-6 (found after two hours) and 10-12 (missed); alarms at 1 (false), 5-6 (true); 20 normal hours."""
    found = event_metrics(windows(".x...x" + "." * 18), labels((4, 6), (10, 12)), timedelta(0))
    assert found == EventMetrics(2, 2, 0.5, 0.5, pytest.approx(24 / 20), 2 * HOUR)


def test_one_long_event_over_midnights_counts_once():
    metrics = event_metrics(windows("." * 30 + "x" + "." * 29), labels((20, 24), (24, 48), (48, 50)), HOUR)
    assert (metrics.events, metrics.event_recall, metrics.median_delay) == (1, 1.0, 11 * HOUR)


def test_an_early_alarm_that_goes_on_into_the_event_is_true_and_its_delay_starts_with_the_event():
    metrics = event_metrics(windows("xxxxx..."), labels((3, 5)), HOUR)
    assert (metrics.event_precision, metrics.median_delay) == (1.0, HOUR)


def test_one_window_over_two_events_finds_both():
    day = windows("x").with_columns(window_end=pl.col("window_start") + 24 * HOUR)
    assert event_metrics(day, labels((3, 5), (9, 10)), HOUR).event_recall == 1.0


def test_events_that_nobody_observed_are_not_judged():
    assert event_metrics(windows("..  .."), labels((2, 4)), HOUR).events == 0


def test_always_alarming_has_full_recall_and_one_true_alarm_that_says_nothing():
    metrics = event_metrics(windows("x" * 48), labels((5, 6), (30, 31)), HOUR)
    assert (metrics.event_recall, metrics.alarms, metrics.median_delay) == (1.0, 1, HOUR)


@pytest.mark.parametrize(
    ("flags", "spans", "expected"),
    [
        ("", [], EventMetrics(0, 0, None, None, None, None)),
        ("....", [], EventMetrics(0, 0, None, None, 0.0, None)),
        ("x" * 24, [], EventMetrics(0, 1, None, 0.0, 1.0, None)),
        ("....", [(0, 4)], EventMetrics(1, 0, 0.0, None, None, None)),
        ("xxxx", [(0, 4)], EventMetrics(1, 1, 1.0, 1.0, None, HOUR)),
    ],
)
def test_edges_have_defined_answers(flags, spans, expected):
    assert event_metrics(windows(flags), labels(*spans), HOUR) == expected
