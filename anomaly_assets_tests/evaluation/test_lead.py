"""How long before a failure the alarm came."""

from datetime import timedelta

import polars as pl

from anomaly_assets.evaluation import LeadSummary, lead_summary, lead_times

from .windows import HOUR, failing, labels, windows


def leads(flags: str, *spans: tuple[float, float, float], **settings) -> list[timedelta | None]:
    return lead_times(windows(flags), failing(*spans), **settings)["lead"].to_list()


def test_the_lead_runs_from_the_end_of_the_first_alarming_window_to_the_failure():
    assert leads("....x.x...", (3, 9, 9)) == [4 * HOUR]


def test_an_alarm_before_anything_was_wrong_warns_of_nothing():
    assert leads("x.........", (3, 9, 9)) == [None]
    assert leads("x.........", (3, 9, 9), horizon=9 * HOUR) == [8 * HOUR]


def test_an_alarm_after_the_failure_comes_too_late():
    assert leads("........x.", (3, 10, 6)) == [None]
    assert leads(".....xx...", (3, 10, 6)) == [timedelta(0)]


def test_persistence_waits_for_so_many_windows_in_a_row():
    assert leads("...x.xx.xxx.", (2, 12, 12), persistence=1) == [8 * HOUR]
    assert leads("...x.xx.xxx.", (2, 12, 12), persistence=2) == [5 * HOUR]
    assert leads("...x.xx.xxx.", (2, 12, 12), persistence=3) == [HOUR]
    assert leads("...x.xx.xxx.", (2, 12, 12), persistence=4) == [None]


def test_pieces_of_one_failure_cut_at_midnight_are_one_failure():
    assert leads("." * 22 + "x" + "." * 10, (20, 24, 30), (24, 30, 30)) == [7 * HOUR]


def test_labels_without_a_failure_and_failures_that_nobody_watched_are_left_out():
    assert lead_times(windows("xxxx"), labels((1, 2))).height == 0
    assert leads("....", (10, 12, 12)) == []


def test_units_never_warn_for_each_other():
    both = pl.concat([windows("....x..."), windows("........", unit="v")])
    known = pl.concat([failing((2, 8, 8)), failing((2, 8, 8), unit="v")])
    assert lead_times(both, known)["lead"].to_list() == [3 * HOUR, None]


def test_a_missed_failure_counts_as_no_lead_at_all():
    found = lead_times(windows("..x......." * 3), failing((1, 9, 9), (11, 19, 19), (28, 30, 30)))
    summary = lead_summary(found, required=6 * HOUR)
    assert summary == LeadSummary(3, 2, 6 * HOUR, timedelta(hours=1.2), 2 / 3)


def test_without_failures_nothing_is_claimed():
    assert lead_summary(lead_times(windows("x"), labels())) == LeadSummary(0, 0, None, None, None)
