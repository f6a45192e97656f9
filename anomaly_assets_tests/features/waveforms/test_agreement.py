"""What condense tells of a window is what numpy and scipy tell of it."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import WaveformConfig
from anomaly_assets.features import condense, cut

from .signals import bearing_config, evaluated, told

SHAFT = ("shaft_1x", "shaft_2x")


def assert_agrees(windows: Any, config: WaveformConfig, tolerance: float = 1e-9) -> None:
    found = told(windows, config)
    for row, window in enumerate(np.asarray(windows, dtype=np.float64)):
        wanted = evaluated(window, config)
        for name in found.keys() - {*SHAFT}:
            scale = np.abs(window).max() ** 4 if name.startswith("envelope_b") else 1e-3
            assert found[name][row] == pytest.approx(wanted[name], rel=tolerance, abs=1e-12 * scale, nan_ok=True), name


@pytest.mark.parametrize("window", [16, 17, 100, 1023, 1024, 2560])
def test_every_indicator_agrees_with_scipy(window: int) -> None:
    noise = np.random.default_rng(window).normal(size=(5, window))
    assert_agrees(noise, bearing_config(window=window))


@pytest.mark.parametrize("offset", [8.0, -1e4])
def test_an_offset_is_no_vibration(offset: float) -> None:
    noise = np.random.default_rng(1).normal(size=(3, 1024))
    assert_agrees(noise + offset, bearing_config(), tolerance=1e-7)


def test_single_precision_and_integers_are_measured_as_they_are() -> None:
    noise = np.random.default_rng(2).normal(scale=1000, size=(3, 1024))
    assert_agrees(noise.astype(np.float32), bearing_config())
    assert_agrees(noise.astype(np.int16), bearing_config())


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    window=st.integers(16, 400),
    edges=st.lists(st.floats(0, 6000), min_size=2, max_size=2, unique=True).map(sorted),
    demodulated=st.lists(st.floats(0, 6000), min_size=2, max_size=2, unique=True).map(sorted),
    harmonics=st.integers(1, 20),
    tolerance=st.floats(0.001, 0.49),
    speed=st.floats(10, 200_000),
)
def test_any_band_any_envelope_and_any_window_agree_with_scipy(
    seed: int, window: int, edges: Any, demodulated: Any, harmonics: int, tolerance: float, speed: float
) -> None:
    envelope = {"band": demodulated, "harmonics": harmonics, "tolerance": tolerance}
    config = bearing_config(window=window, bands={"any": edges}, envelope=envelope, speed=speed)
    assert_agrees(np.random.default_rng(seed).normal(size=(2, window)), config)


@settings(max_examples=30)
@given(
    st.lists(st.floats(1, 5999), min_size=1, max_size=6, unique=True).map(sorted),
    st.integers(16, 300),
    st.integers(0, 2**32 - 1),
)
def test_bands_that_touch_share_out_the_whole_power(inner: list[float], window: int, seed: int) -> None:
    bands = {f"b{k}": limits for k, limits in enumerate(pairwise([0.0, *inner, 6000.0]))}
    config = WaveformConfig.model_validate({"rate": 12_000, "window": window, "bands": bands})
    samples = np.random.default_rng(seed).normal(size=(2, window))
    moved = (samples - samples.mean(axis=1, keepdims=True)) * np.sin(np.pi * np.arange(window) / window) ** 2
    found = condense({"de": samples}, config, [f"de_band_{name}" for name in bands])
    np.testing.assert_allclose(sum(found.values()), (moved**2).sum(axis=1) / (3 / 8 * window), rtol=1e-12)


def test_a_cut_signal_needs_no_copy_of_its_own() -> None:
    config = bearing_config(hop=100)
    windows = cut(np.random.default_rng(3).normal(size=3000), config)
    np.testing.assert_array_equal(told(windows, config)["centroid"], told(windows.copy(), config)["centroid"])
