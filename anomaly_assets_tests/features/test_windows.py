from datetime import timedelta

import numpy as np
import pytest

from anomaly_assets.features import build_features
from anomaly_assets_tests.features.frames import START, one_sensor, readings


def test_a_lag_is_the_reading_exactly_that_long_ago_and_no_other() -> None:
    series = [float(place) for place in range(12)]
    series[4] = None  # no row at all
    series[6] = np.nan  # a row without this reading
    frame = build_features(readings({"u": series}), one_sensor(), START, START + timedelta(hours=1))
    lagged = dict(zip(frame["window_start"], frame["a__lag_3m"], strict=True))
    found = [lagged.get(START + timedelta(minutes=minute), "no row") for minute in range(12)]
    assert found == [None, None, None, 0.0, "no row", 2.0, 3.0, None, 5.0, None, 7.0, 8.0]


def test_a_lag_never_reaches_into_another_unit() -> None:
    cleaned = readings({"first": [1.0, 2.0, 3.0, 4.0], "second": [5.0, 6.0, 7.0, 8.0]})
    frame = build_features(cleaned, one_sensor(), START, START + timedelta(hours=1))
    assert frame["a__lag_3m"].to_list() == [None, None, None, 1.0, None, None, None, 5.0]


def test_the_reading_exactly_one_length_ago_has_left_the_window() -> None:
    series = [100.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    frame = build_features(readings({"u": series}), one_sensor(), START, START + timedelta(hours=1))
    assert frame["a__max_5m"][4:].to_list() == [100.0, 1.0]


@pytest.mark.parametrize(("present", "given"), [(1, False), (2, True), (3, True)])
def test_a_window_needs_its_share_of_readings(present: int, given: bool) -> None:
    series = [np.nan] * 10 + [7.0] * present
    row = build_features(readings({"u": series}), one_sensor(), START, START + timedelta(hours=1)).tail(1)
    assert (row["a__mean_5m"][0] is not None) is given  # 0.4 of five readings are two


def test_a_length_between_two_instants_holds_every_instant_after_its_begin() -> None:
    fleet = one_sensor(windows={"w": {"length": "150s", "statistics": ["mean"], "min_share": 1.0}})
    frame = build_features(readings({"u": np.arange(5.0)}), fleet, START, START + timedelta(hours=1))
    assert frame["a__mean_w"].to_list() == [None, None, 1.0, 2.0, 3.0]


def test_a_statistic_is_the_same_whatever_else_is_asked_of_its_window() -> None:
    rng = np.random.default_rng(5)
    series = 9.0 + rng.standard_normal(400)
    series[rng.random(400) < 0.2] = np.nan
    alone, beside = (
        build_features(readings({"u": series}), one_sensor(names), START, START + timedelta(hours=7))
        for names in (("mean", "std", "z"), ("mean", "std", "z", "skewness", "max"))
    )
    for name in ("mean", "std", "z"):
        assert alone[f"a__{name}_30m"].equals(beside[f"a__{name}_30m"])
        assert alone[f"a__{name}_30m"].n_unique() > 100


@pytest.mark.parametrize("silent", [20, 59, 60, 137])
def test_a_window_without_a_gap_is_the_same_to_the_bit_whether_there_are_gaps_elsewhere(silent: int) -> None:
    whole = 9.0 + np.random.default_rng(6).standard_normal(400)
    broken = whole.copy()
    broken[silent] = np.nan
    names = ("mean", "std", "z", "skewness", "kurtosis", "min", "reversal", "unchanged", "mean_abs_z")
    one, other = (
        build_features(readings({"u": series}), one_sensor(names), START, START + timedelta(hours=7))
        for series in (whole, broken)
    )
    untouched = [place for place in range(400) if not silent <= place < silent + 46]  # mean_abs_z looks back 45
    for name in names:
        column = f"a__{name}_30m"
        assert one[column].gather(untouched).equals(other[column].gather(untouched)), name
    assert not one["a__mean_30m"].equals(other["a__mean_30m"]), "negative control: the gap is felt"
