from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import ConfigError, FeatureError
from anomaly_assets.features import build_features, check_features, known_statistics, register, statistic
from anomaly_assets.features.moments import FloatArray, Moments
from anomaly_assets_tests.features.frames import START, one_sensor, readings


def range_(moments: Moments) -> FloatArray:
    """A toy statistic from moments: largest minus smallest reading."""
    return moments.high - moments.low


def median(readings: FloatArray) -> FloatArray:
    """A toy statistic from the readings themselves, as spectra will be."""
    return np.nanmedian(readings, axis=1)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("anomaly_assets.features.statistics._registered", {})
    register(range_)
    register(median)
    yield


def built(series: Any, names: tuple[str, ...], end: timedelta = timedelta(days=1)) -> pl.DataFrame:
    return build_features(readings({"u": series}), one_sensor(names), START, START + end)


@pytest.mark.usefixtures("toys")
def test_a_new_statistic_is_one_function_and_its_name_in_yaml() -> None:
    series = np.random.default_rng(0).normal(size=200)
    series[50:60] = np.nan
    frame = built(series, ("range", "median", "min", "max"))
    assert frame["a__range_30m"].equals(frame["a__max_30m"] - frame["a__min_30m"])
    for place in (45, 55, 100, 199):
        window = series[place - 29 : place + 1]
        assert frame["a__median_30m"][place] == pytest.approx(np.nanmedian(window), abs=1e-12)


@pytest.mark.usefixtures("toys")
def test_a_new_statistic_is_absent_where_readings_are_too_few() -> None:
    frame = built(np.arange(40.0), ("median", "mean"))
    assert frame["a__median_30m"].is_null().equals(frame["a__mean_30m"].is_null())
    assert frame["a__median_30m"].null_count() == 11  # 0.4 of 30 is 12


@pytest.mark.usefixtures("toys")
def test_unrolled_windows_leave_no_seam_between_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    series = np.random.default_rng(0).normal(size=200)
    whole = built(series, ("median",))
    monkeypatch.setattr("anomaly_assets.features.windows.PIECE_READINGS", 64)
    assert whole.equals(built(series, ("median",)))


def test_a_file_in_the_folder_is_found_without_being_named_anywhere() -> None:
    found = known_statistics()["min"]
    assert (found.name, found.function.__name__, found.kind) == ("min", "min_", "moments")


@pytest.mark.parametrize(("wrong", "near"), [("kurtosi", "kurtosis"), ("crest", "crest_factor"), ("min_", "min")])
def test_an_unknown_statistic_is_refused_with_the_nearest_name(wrong: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"'{near}'"):
        check_features(one_sensor((wrong,)))


def test_something_quite_unknown_is_told_where_to_be_written() -> None:
    with pytest.raises(ConfigError, match="features/statistics/"):
        statistic("qqqq")


def test_a_function_that_eats_neither_moments_nor_readings_is_refused() -> None:
    with pytest.raises(FeatureError, match="moments or readings"):
        register(lambda series: series)


def test_a_taken_name_is_refused() -> None:
    def mean(moments: Moments) -> FloatArray:
        return moments.mean

    with pytest.raises(FeatureError, match="taken"):
        register(mean)


def test_a_statistic_of_the_wrong_shape_is_told() -> None:
    def total(moments: Moments) -> Any:
        return moments.mean.sum()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anomaly_assets.features.statistics._registered", {})
        register(total)
        with pytest.raises(FeatureError, match="total gave a wrong shape"):
            built(np.arange(40.0), ("total",))
