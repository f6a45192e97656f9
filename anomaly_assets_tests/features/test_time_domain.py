from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.config import FEATURE_NAMES, FleetConfig
from anomaly_assets.features import build_features, known_statistics
from anomaly_assets_tests.features.frames import MINUTE, START, TIME_DOMAIN, expected, one_sensor, readings


def built(series: np.ndarray, fleet: FleetConfig) -> pl.DataFrame:
    return build_features(readings({"u": series}), fleet, START, START + len(series) * MINUTE)


def assert_agrees(series: np.ndarray, after: int = 0, absolute: float = 1e-9) -> None:
    """Every statistic of every window from step `after` on equals the plain evaluation, absent where that is absent."""
    frame = built(series, one_sensor())
    for name, width in (("5m", 5), ("30m", 30)):
        wanted = expected(series, width, 0.4)
        for statistic in TIME_DOMAIN:
            found = frame[f"a__{statistic}_{name}"].fill_null(np.nan).to_numpy()
            np.testing.assert_allclose(
                found[after:], wanted[statistic][after:], rtol=1e-9, atol=absolute, err_msg=f"{statistic}_{name}"
            )


def noise(size: int, level: float = 8.0, seed: int = 3) -> np.ndarray:
    return level + 0.3 * np.random.default_rng(seed).standard_normal(size)


def test_the_configuration_offers_exactly_the_statistics_that_exist() -> None:
    assert set(known_statistics()) == set(FEATURE_NAMES)


@pytest.mark.parametrize("level", [0.0, 8.0, -1e4])
def test_statistics_agree_with_numpy_and_scipy_on_each_window(level: float) -> None:
    assert_agrees(noise(400, level))


def test_statistics_agree_with_missing_readings_inside_the_window() -> None:
    series = noise(400)
    series[np.random.default_rng(1).random(400) < 0.5] = np.nan
    series[100:160] = np.nan
    series[[90, 161]] = 8.0, 8.5  # rows must exist at both ends of the gap
    frame = built(series, one_sensor(raw=False))
    wanted = expected(series, 30, 0.4)
    kept = frame["window_start"].to_numpy().astype("datetime64[m]") - np.datetime64(START.replace(tzinfo=None), "m")
    for statistic in TIME_DOMAIN:
        found = frame[f"a__{statistic}_30m"].fill_null(np.nan).to_numpy()
        np.testing.assert_allclose(found, wanted[statistic][kept.astype(int)], rtol=1e-9, atol=1e-9)
    assert 0 < frame["a__mean_30m"].null_count() < frame.height


@pytest.mark.parametrize("place", [300, 311, 329])  # first, middle, last of a block
def test_a_spike_leaves_no_trace_once_it_left_the_window(place: int) -> None:
    series = noise(560)
    series[place] = 1e6
    assert_agrees(series, after=place + 30)


def test_a_spike_inside_the_window_is_measured_too() -> None:
    series = noise(200)
    series[100] = 1e6
    assert_agrees(series, absolute=1e-8)


@pytest.mark.real_data
def test_a_real_recording_is_measured_like_numpy_and_scipy_do(real: Callable[[str], Path]) -> None:
    file = next(real("nab").rglob("machine_temperature_system_failure.csv*"))
    assert_agrees(pl.read_csv(file)["value"].head(600).to_numpy())


def test_running_sums_would_fail_the_same_claim() -> None:
    series = noise(700)
    series[300] = 1e6
    sums = np.cumsum(series**2)
    running = (sums[630] - sums[600]) / 30
    assert abs(running - np.mean(series[601:631] ** 2)) > 1e-9


def test_a_stuck_stretch_after_a_spike_has_no_variation_at_all() -> None:
    series = noise(500)
    series[300], series[340:] = 1e6, 8.1
    tail = built(series, one_sensor()).tail(500 - 340 - 30)
    assert tail["a__std_30m"].to_list() == [0.0] * tail.height
    assert tail["a__mean_30m"].to_list() == [8.1] * tail.height
    assert tail["a__z_30m"].to_list() == [0.0] * tail.height
    assert tail["a__skewness_30m"].null_count() == tail["a__kurtosis_30m"].null_count() == tail.height


def test_variation_at_the_last_digit_gives_neither_nan_nor_garbage() -> None:
    series = np.where(np.arange(200) % 2, 1e9, np.nextafter(1e9, 2e9))
    frame = built(series, one_sensor())
    assert frame["a__std_30m"].drop_nulls().is_between(0, 1e-6).all()
    assert frame["a__kurtosis_30m"].drop_nulls().is_between(-3, 30).all()


def test_a_window_of_zeros_has_no_crest_factor() -> None:
    frame = built(np.zeros(60), one_sensor())
    assert frame["a__crest_factor_30m"].null_count() == 60
    assert frame["a__rms_30m"].drop_nulls().unique().to_list() == [0.0]


def test_readings_too_large_to_square_give_null_and_not_infinity() -> None:
    frame = built(np.where(np.arange(60) % 2, 1e200, -1e200), one_sensor())
    values = frame.select(pl.exclude("unit_id", "window_start", "window_end"))
    assert all(column.drop_nulls().is_finite().all() for column in values)


def test_a_single_reading_has_a_mean_and_no_spread() -> None:
    fleet = one_sensor(windows={"5m": {"length": "5m", "statistics": TIME_DOMAIN, "min_share": 0.2}})
    row = built(np.array([4.0]), fleet).row(0, named=True)
    assert row["a__mean_5m"] == row["a__rms_5m"] == 4.0
    assert row["a__std_5m"] is row["a__z_5m"] is row["a__skewness_5m"] is None
