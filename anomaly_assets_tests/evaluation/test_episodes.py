"""Anomalous windows become alarms."""

import polars as pl
import pytest

from anomaly_assets.evaluation import episodes

from .windows import HOUR, hour, windows


@pytest.mark.parametrize(("gap", "spans"), [(0, [(1, 3), (4, 5), (7, 8)]), (1, [(1, 5), (7, 8)]), (2, [(1, 8)])])
def test_alarms_merge_over_at_most_the_gap(gap, spans):
    found = episodes(windows(".xx.x..x."), gap * HOUR)
    assert found.select("start", "end").rows() == [(hour(a), hour(b)) for a, b in spans]
    assert found["windows"].sum() == 4


def test_units_and_unobserved_time_part_alarms():
    both = pl.concat([windows("x   x"), windows("x", unit="v")])
    assert episodes(both, HOUR).select("unit_id", "start").rows() == [("u", hour(0)), ("u", hour(4)), ("v", hour(0))]


def test_an_alarm_names_its_peak_and_the_sensor_of_the_peak():
    scored = windows("xxx").with_columns(score=pl.Series([2.0, 9.0, 3.0]), top_sensor=pl.Series(["a", "b", "a"]))
    assert episodes(scored, HOUR).select("peak_score", "top_sensor").rows() == [(9.0, "b")]


def test_an_alarm_is_explained_by_its_peak():
    scored = windows("xxx").with_columns(score=pl.Series([2.0, 9.0, 3.0]), observed_1=pl.Series([1.0, 5.0, 2.0]))
    scored = scored.with_columns(direction_1=pl.Series(["below", "above", None]))
    assert episodes(scored, HOUR).select("observed_1", "direction_1").rows() == [(5.0, "above")]


def test_no_anomalous_window_no_alarm():
    assert episodes(windows("..."), HOUR).height == episodes(windows(""), HOUR).height == 0


def test_an_alarm_is_of_the_kind_of_most_of_its_windows_of_equally_many_the_severest():
    scored = windows("xxx").with_columns(score=pl.Series([2.0, 9.0, 3.0]))
    mostly = scored.with_columns(anomaly_kind=pl.Series(["contextual", "point", "contextual"]))
    assert episodes(mostly, HOUR)["anomaly_kind"].to_list() == ["contextual"]
    each = scored.with_columns(anomaly_kind=pl.Series(["contextual", "point", "collective"]))
    assert episodes(each, HOUR)["anomaly_kind"].to_list() == ["point"]
    assert episodes(scored.with_columns(anomaly_kind=pl.lit(None, pl.String)), HOUR)["anomaly_kind"].to_list() == [None]
