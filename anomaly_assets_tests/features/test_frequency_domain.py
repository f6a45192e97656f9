"""Spectra of ordinary sensors: frequencies in cycles per step, gaps filled with the mean, one path with waveforms."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from anomaly_assets.config import WaveformConfig
from anomaly_assets.features import build_features, condense, known_statistics
from anomaly_assets_tests.features.frames import MINUTE, START, one_sensor, readings

STATISTICS = ("spectral_centroid", "spectral_entropy", "spectral_flatness", "dominant_frequency")
AS_WAVES = dict(zip(STATISTICS, ("centroid", "entropy", "spectral_flatness", "dominant"), strict=True))


def asked(name: str, windows: np.ndarray) -> np.ndarray:
    return np.asarray(known_statistics()[name].function(windows))


def built(series: np.ndarray, **window: object) -> pl.DataFrame:
    windows = {"40m": {"length": "40m", "statistics": STATISTICS, "min_share": 0.5} | window}
    fleet = one_sensor(windows=windows)
    return build_features(readings({"u": series}), fleet, START, START + len(series) * MINUTE)


def evaluated(window: np.ndarray) -> dict[str, float]:
    frequency, density = signal.welch(window, 1.0, nperseg=len(window))
    frequency, p = frequency[1:], density[1:] / density[1:].sum()
    found = (frequency @ p, stats.entropy(p) / np.log(len(p)), stats.gmean(p) / p.mean(), frequency[p.argmax()])
    return dict(zip(STATISTICS, found, strict=True))


@settings(max_examples=40)
@given(width=st.integers(4, 300), seed=st.integers(0, 2**32 - 1), level=st.sampled_from([0.0, 8.0, -1e4]))
def test_statistics_agree_with_scipy_on_each_window(width: int, seed: int, level: float) -> None:
    windows = level + np.random.default_rng(seed).normal(size=(3, width))
    for name in STATISTICS:
        wanted = [evaluated(window)[name] for window in windows]
        np.testing.assert_allclose(asked(name, windows), wanted, rtol=1e-7, err_msg=name)


@pytest.mark.parametrize("period", [3, 8, 20])
def test_a_swing_of_some_steps_has_that_frequency(period: int) -> None:
    frame = built(8 + np.sin(2 * np.pi * np.arange(200) / period)).tail(100)
    assert frame["a__dominant_frequency_40m"].to_numpy() == pytest.approx(1 / period, abs=0.5 / 40)
    assert frame["a__spectral_centroid_40m"].to_numpy() == pytest.approx(1 / period, abs=0.2 / 40)
    assert frame["a__spectral_entropy_40m"].max() < 0.5


def test_noise_is_less_ordered_than_a_swing_of_the_same_size() -> None:
    time = np.arange(300)
    noisy, swinging = (built(wave) for wave in (np.random.default_rng(0).normal(size=300), np.sin(time)))
    for name in ("spectral_entropy", "spectral_flatness"):
        low = noisy[f"a__{name}_40m"].tail(200).min()
        assert isinstance(low, float) and low > swinging[f"a__{name}_40m"].tail(200).max()


def test_a_missing_reading_takes_the_mean_of_those_present() -> None:
    windows = np.random.default_rng(4).normal(5, 2, size=(20, 60))
    gaps = np.random.default_rng(5).random((20, 60)) < 0.3
    broken = np.where(gaps, np.nan, windows)
    filled = np.where(gaps, np.nanmean(broken, axis=1, keepdims=True), windows)
    for name in STATISTICS:
        np.testing.assert_allclose(asked(name, broken), asked(name, filled), rtol=1e-9)


def test_a_swing_is_found_in_spite_of_gaps() -> None:
    series = np.sin(2 * np.pi * np.arange(200) / 8)
    series[np.random.default_rng(0).random(200) < 0.2] = np.nan
    frame = built(series).tail(100)
    assert frame["a__dominant_frequency_40m"].to_numpy() == pytest.approx(1 / 8, abs=1.01 / 40)


def test_with_too_few_readings_there_is_no_value() -> None:
    series = np.random.default_rng(0).normal(size=200)
    series[100:130] = np.nan
    frame = built(series).with_columns(step=(pl.col("window_end") - START).dt.total_minutes())
    silent = frame.filter(pl.col("a__spectral_centroid_40m").is_null() & (pl.col("step") > 60))["step"]
    assert silent.len() > 0 and silent.is_between(119, 151).all()


@pytest.mark.parametrize("level", [8.1, 0.0, -1e9 / 3])
def test_what_stands_still_has_no_spectrum_even_with_gaps(level: float) -> None:
    windows = np.full((3, 50), level)
    windows[1, 10:20], windows[2, ::3] = np.nan, np.nan
    for name in STATISTICS:
        assert np.isnan(asked(name, windows)).all()


@pytest.mark.parametrize("width", [1, 2, 3])
def test_fewer_than_four_steps_have_no_spectrum(width: int) -> None:
    for name in STATISTICS:
        assert np.isnan(asked(name, np.random.default_rng(0).normal(size=(3, width)))).all()


@pytest.mark.parametrize("width", [5, 40, 97, 1440])
def test_a_window_gives_the_same_bits_whatever_it_is_batched_with(width: int) -> None:
    windows = np.random.default_rng(0).normal(size=(60, width)) * np.geomspace(1, 1e6, 60)[:, None]
    windows[::4, 1] = np.nan
    for name in STATISTICS:
        whole = asked(name, windows)
        for rows in ([0], [7], [8, 3], list(range(59, 0, -1)), [4] * 9):
            np.testing.assert_array_equal(asked(name, windows[rows]), whole[rows])


def test_a_spike_leaves_no_trace_once_it_left_the_window() -> None:
    series = np.random.default_rng(3).normal(8, 0.3, size=300)
    spiked = series.copy()
    spiked[100] = 1e6
    columns = [f"a__{name}_40m" for name in STATISTICS]
    some, others = built(series).select(columns), built(spiked).select(columns)
    assert some.tail(160).equals(others.tail(160)) and not some.equals(others)


def test_sensors_and_waveforms_are_measured_by_one_path() -> None:
    windows = np.random.default_rng(6).normal(size=(30, 64))
    config = WaveformConfig(rate=1.0, window=64)
    for name, indicator in AS_WAVES.items():
        found = condense({"a": windows}, config, [f"a_{indicator}"])[f"a_{indicator}"]
        np.testing.assert_array_equal(asked(name, windows), found)


@pytest.mark.real_data
def test_a_real_river_warms_and_cools_once_a_day(real: Callable[[str], Path]) -> None:
    temperature = pl.read_csv(real("lro") / "MS2017.csv.gz")["temp"].to_numpy()
    day = 96  # steps of 15 minutes
    windows = np.lib.stride_tricks.sliding_window_view(temperature, 4 * day)[::day]
    assert np.nanmedian(asked("dominant_frequency", windows)) == 1 / day
