"""Signals whose indicators are known without computing them another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import BearingConfig, EnvelopeConfig
from anomaly_assets.features.waveforms.bearings import fault_lines

from .signals import BEARING, ORDERS, RATE, RPM, bearing_config, knocks, sine, told

STEP = RATE / 1024


@settings(max_examples=30)
@given(frequency=st.floats(5 * STEP, 6000 - 5 * STEP), amplitude=st.floats(1e-3, 1e3))
def test_a_sine_is_one_line_at_its_frequency(frequency: float, amplitude: float) -> None:
    found = told(sine(frequency, 1024, amplitude)[None], bearing_config())
    assert found["dominant"][0] == pytest.approx(frequency, abs=STEP / 2 * 1.01)
    assert found["centroid"][0] == pytest.approx(frequency, abs=STEP / 10)
    assert found["spread"][0] < 2 * STEP
    assert found["entropy"][0] < 0.25 and found["spectral_flatness"][0] < 1e-3
    assert found["envelope_rms"][0] == pytest.approx(amplitude, rel=0.2) or frequency < RATE / 8 + 10 * STEP


def test_the_power_of_a_sine_lies_in_its_band_and_in_no_other() -> None:
    found = told(sine(2000.0, 1024, amplitude=3.0)[None], bearing_config())
    assert found["band_mid"][0] == pytest.approx(4.5, rel=1e-3)  # half the amplitude's square
    assert found["band_low"][0] + found["band_high"][0] < 1e-4


def test_white_noise_is_nearly_as_disordered_as_can_be() -> None:
    found = told(np.random.default_rng(0).normal(size=(200, 1024)), bearing_config())
    assert 0.92 < found["entropy"].mean() < 0.94  # 1 - (1 - Euler's constant) / ln 512
    assert found["spectral_flatness"].mean() == pytest.approx(np.exp(-np.euler_gamma), abs=0.01)
    assert found["centroid"].mean() == pytest.approx(RATE / 4, rel=0.01)
    assert found["spectral_kurtosis"].mean() == pytest.approx(1.8, abs=0.05)  # of a uniform distribution
    assert found["kurtosis"].mean() == pytest.approx(3, abs=0.05)


def test_a_sine_has_the_crest_and_the_shape_of_the_books() -> None:
    found = told(sine(40 * STEP, 1024)[None], bearing_config())
    assert found["crest"][0] == pytest.approx(np.sqrt(2), rel=1e-3)
    assert found["shape_factor"][0] == pytest.approx(np.pi / np.sqrt(8), rel=1e-3)
    assert found["kurtosis"][0] == pytest.approx(1.5, rel=1e-3)


def test_fault_orders_are_those_of_the_data_sheet() -> None:
    found = BearingConfig.model_validate(BEARING).orders
    assert found == pytest.approx(ORDERS, rel=2e-3)


def test_a_contact_angle_slows_the_outer_race_and_the_cage_alike() -> None:
    straight, tilted = (BearingConfig.model_validate(BEARING | {"contact_angle": angle}).orders for angle in (0, 40))
    assert tilted["bpfo"] > straight["bpfo"] and tilted["bpfi"] < straight["bpfi"]
    assert tilted["bpfo"] / tilted["ftf"] == pytest.approx(9)
    assert tilted["bpfo"] + tilted["bpfi"] == pytest.approx(9)


def test_harmonics_that_two_faults_share_count_for_neither() -> None:
    found = fault_lines(BearingConfig.model_validate(BEARING), EnvelopeConfig(harmonics=3, tolerance=0.02))
    assert {fault: lines.multiples.tolist() for fault, lines in found.items()} == {
        "bpfo": [1],  # twice is thrice bsf, thrice is twice bpfi
        "bpfi": [1, 3],
        "bsf": [1, 2],
        "ftf": [1, 2, 3],
    }


@pytest.mark.parametrize("struck", ["bpfo", "bpfi", "bsf"])
def test_knocks_raise_the_indicator_of_their_own_fault_most(struck: str) -> None:
    wave = knocks(ORDERS[struck] * RPM / 60, 40 * 4096).reshape(40, 4096)
    quiet = np.random.default_rng(9).normal(scale=0.1, size=(40, 4096))
    config = bearing_config(window=4096)
    loud, silent = told(wave, config), told(quiet, config)
    energy = {fault: np.median(loud[f"envelope_{fault}"]) for fault in ORDERS}
    assert energy[struck] > 1000 * np.median(silent[f"envelope_{struck}"])
    assert all(energy[struck] > 5 * energy[other] for other in ORDERS if other != struck)


def test_knocks_on_the_outer_race_do_not_raise_the_inner_ones_indicator_in_short_windows_either() -> None:
    wave = knocks(ORDERS["bpfo"] * RPM / 60, 100 * 1024).reshape(100, 1024)
    found = told(wave, bearing_config())
    assert np.median(found["envelope_bpfo"]) > 100 * np.median(found["envelope_bpfi"])


def test_a_fault_is_found_off_its_frequency_by_less_than_the_tolerance() -> None:
    wave = knocks(1.015 * ORDERS["bpfo"] * RPM / 60, 48_000)[None]
    inside, outside = (
        told(wave, bearing_config(window=48_000, envelope={"tolerance": share}))["envelope_bpfo"][0]
        for share in (0.02, 0.001)
    )
    assert inside > 1000 * outside


def test_the_tolerance_is_never_less_than_half_a_bin() -> None:
    wave = knocks(ORDERS["bpfo"] * RPM / 60, 1024)[None]
    narrow, half = (
        told(wave, bearing_config(envelope={"tolerance": share, "harmonics": 1}))["envelope_bpfo"][0]
        for share in (1e-6, STEP / 2 / (ORDERS["bpfo"] * RPM / 60))
    )
    assert narrow == pytest.approx(half, rel=1e-2) and narrow > 0


def test_harmonics_beyond_half_the_rate_are_left_out() -> None:
    wave = np.random.default_rng(0).normal(size=(3, 1024))
    fast = {"speed": 60 * 3000.0}  # bpfi beyond half the rate, bsf with no second harmonic, the cage with five
    many, one = (told(wave, bearing_config(envelope={"harmonics": count}, speed=60 * 2000.0)) for count in (20, 1))
    np.testing.assert_array_equal(many["envelope_bsf"], one["envelope_bsf"])
    assert np.isnan(told(wave, bearing_config(**fast))["envelope_bpfi"]).all()


def test_a_fault_slower_than_one_bin_has_no_value() -> None:
    wave = np.random.default_rng(0).normal(size=(3, 1024))
    found = told(wave, bearing_config(speed=1500.0))
    assert np.isnan(found["envelope_ftf"]).all() and np.isfinite(found["envelope_bpfo"]).all()


@settings(max_examples=20)
@given(rpm=st.floats(1500, 30_000), first=st.floats(0, 10), second=st.floats(0, 10))
def test_shaft_amplitudes_are_told_between_the_bins(rpm: float, first: float, second: float) -> None:
    wave = sine(rpm / 60, 4096, first) + sine(rpm / 30, 4096, second)
    found = told(wave[None], bearing_config(window=4096, speed=rpm))
    assert found["shaft_1x"][0] == pytest.approx(first, abs=0.02 * (first + second))
    assert found["shaft_2x"][0] == pytest.approx(second, abs=0.02 * (first + second))


def test_the_speed_may_differ_from_window_to_window() -> None:
    rpm = np.array([1200.0, 2400.0, np.nan, 0.0])
    wave = np.stack([sine(speed / 60 if speed > 0 else 30.0, 4096, 2.0) for speed in rpm])
    found = told(wave, bearing_config(window=4096, speed="rpm"), slow={"rpm": rpm})
    np.testing.assert_allclose(found["shaft_1x"], [2.0, 2.0, np.nan, np.nan], rtol=0.02)
    assert np.isnan(found["envelope_bpfo"]).tolist() == [False, False, True, True]
    assert np.isfinite(found["rms"]).all() and np.isfinite(found["envelope_rms"]).all()
