from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from anomaly_assets.contracts import QUALITY
from anomaly_assets.features import build_features
from anomaly_assets_tests.features.frames import MINUTE, START, one_sensor, readings

NAMES = ("mean_abs_z", "unchanged", "reversal")


def built(series: np.ndarray, names: tuple[str, ...] = NAMES) -> pl.DataFrame:
    return build_features(readings({"u": series}), one_sensor(names), START, START + timedelta(days=1))


def test_mean_abs_z_is_the_mean_of_z_over_half_the_window_as_pandas_has_it() -> None:
    import pandas as pd

    series = pd.Series(np.random.default_rng(0).normal(8, 0.3, 400))
    past = series.rolling(15, min_periods=6)
    z = ((series - past.mean()) / past.std()).abs()
    wanted = z.rolling(30, min_periods=12).mean().to_numpy()
    got = built(series.to_numpy())["a__mean_abs_z_30m"].fill_null(np.nan).to_numpy()
    assert np.array_equal(np.isnan(got), np.isnan(wanted))
    assert np.nanmax(np.abs(got - wanted)) < 1e-11


def test_mean_abs_z_looks_back_one_and_a_half_windows() -> None:
    assert one_sensor(NAMES).lookback == 45 * MINUTE
    assert one_sensor(("mean", "unchanged", "reversal")).lookback == 30 * MINUTE


def evaluated(window: np.ndarray) -> tuple[float, float]:
    """Share of the last run and largest pair of opposite jumps of one window, NaN where missing."""
    x = window[~np.isnan(window)]
    run = next((n for n in range(1, len(x)) if x[-n] != x[-n - 1]), len(x))
    jumps = np.diff(x)
    pairs = [min(abs(a), abs(b)) if a * b < 0 else 0.0 for a, b in pairwise(jumps)]
    return run / len(x), max(pairs, default=np.nan)


@pytest.mark.parametrize("seed", range(5))
def test_runs_and_reversals_are_those_of_each_window_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.normal(size=200).round(1)
    series[40:90] = np.repeat(series[40:50], 5)
    series[rng.random(200) < 0.15] = np.nan
    frame = built(series)
    rows = frame["window_start"].dt.epoch("s").to_numpy() // 60 - int(START.timestamp()) // 60
    for row, minute in enumerate(rows):
        window = series[max(0, minute - 29) : minute + 1]
        enough = np.count_nonzero(~np.isnan(window)) >= 12
        wanted = evaluated(window) if enough else (np.nan, np.nan)
        got = [frame[f"a__{name}_30m"][row] for name in ("unchanged", "reversal")]
        assert [np.nan if value is None else value for value in got] == pytest.approx(wanted, nan_ok=True, abs=1e-12)


def test_a_jump_to_another_level_is_no_reversal_and_a_spike_is_one() -> None:
    level, spike = np.zeros(60), np.zeros(60)
    level[40:], spike[40] = 5.0, 5.0
    assert built(level)["a__reversal_30m"][59] == 0.0
    assert built(spike)["a__reversal_30m"][59] == 5.0


def test_a_frozen_sensor_is_wholly_unchanged_after_a_window() -> None:
    series = np.random.default_rng(0).normal(size=100)
    series[50:] = series[50]
    share = built(series)["a__unchanged_30m"]
    assert share[49] == pytest.approx(1 / 30)
    assert share[64] == 0.5
    assert share[79] == share[99] == 1.0


def test_impossible_readings_are_counted_in_every_window_also_where_none_is_left() -> None:
    series = np.random.default_rng(0).normal(size=100)
    taken = np.zeros(100, dtype=bool)
    taken[[40, 41, 55]] = taken[60:95] = True
    series[taken] = np.nan
    bits = pl.Series("a__quality", taken * QUALITY["impossible"] + QUALITY["outlier"], dtype=pl.UInt8)
    frame = readings({"u": series}).with_columns(bits)
    built = build_features(frame, one_sensor(("mean", "impossible")), START, START + timedelta(days=1))
    counted = [taken[max(0, row - 29) : row + 1].sum() for row in range(100)]
    assert built["a__impossible_30m"].to_list() == counted
    assert built["a__mean_30m"][94] is None, "the negative control: nothing else is known there"
