"""Columns, windows that can't be measured, and windows that are measured beside others."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.config import WaveformConfig
from anomaly_assets.errors import FeatureError
from anomaly_assets.features import condense, indicators

from .signals import BANDS, bearing_config, told

CONFIG = bearing_config(window=256)
NOISE = np.random.default_rng(5).normal(size=(600, 256)) * np.geomspace(1e-3, 1e6, 600)[:, None] + 3.0


def test_a_plain_configuration_has_the_indicators_of_time_and_spectrum() -> None:
    plain = indicators(WaveformConfig(rate=1000))
    assert {"rms", "peak", "crest", "kurtosis", "skewness", "std", "centroid", "entropy", "dominant"} < set(plain)
    assert not [name for name in plain if name.startswith(("band_", "envelope_", "shaft_"))]


def test_bands_a_bearing_and_a_speed_add_theirs() -> None:
    added = set(indicators(CONFIG)) - set(indicators(WaveformConfig(rate=1000)))
    faults = {"envelope_bpfo", "envelope_bpfi", "envelope_bsf", "envelope_ftf", "envelope_rms"}
    assert added == {f"band_{name}" for name in BANDS} | faults | {"shaft_1x", "shaft_2x"}


def test_only_the_wanted_columns_come_in_their_order() -> None:
    wanted = ["fe_top_rms", "fe_std", "fe_top_band_low"]
    found = condense({"fe": NOISE[:3], "fe_top": 2 * NOISE[:3]}, CONFIG, wanted)
    assert list(found) == wanted
    assert all(values.shape == (3,) and values.dtype == np.float64 for values in found.values())
    np.testing.assert_allclose(found["fe_top_rms"], 2 * np.sqrt(np.mean(NOISE[:3] ** 2, axis=1)))


def test_an_unknown_indicator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FeatureError, match=r"(?s)de_kurtosi.*skewness.*write de_kurtosis"):
        condense({"de": NOISE}, CONFIG, ["de_rms", "de_kurtosi"])
    with pytest.raises(FeatureError, match="bands, bearing and speed"):
        condense({"de": NOISE}, WaveformConfig(rate=1000, window=256), ["de_qqq"])


def test_an_unknown_channel_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FeatureError, match=r"fe_rms: no such channel\. Found: de, ba"):
        condense({"de": NOISE, "ba": NOISE}, CONFIG, ["fe_rms"])


def test_windows_of_another_length_are_refused() -> None:
    for wrong in (NOISE[:, :200], NOISE[0]):
        with pytest.raises(FeatureError, match="isn't cut into windows"):
            condense({"de": wrong}, CONFIG, ["de_rms"])


def test_a_missing_speed_is_refused_where_it_is_needed_alone() -> None:
    config = bearing_config(window=256, speed="rpm")
    assert np.isfinite(condense({"de": NOISE}, config, ["de_envelope_rms"])["de_envelope_rms"]).all()
    for slow in (None, {"load": np.ones(600)}):
        with pytest.raises(FeatureError, match="Expected: rpm"):
            condense({"de": NOISE}, config, ["de_shaft_1x"], slow=slow)
    with pytest.raises(FeatureError, match="another length"):
        condense({"de": NOISE}, config, ["de_shaft_1x"], slow={"rpm": np.ones(4)})


def test_no_windows_and_no_columns_are_no_trouble() -> None:
    assert told(NOISE[:0], CONFIG)["centroid"].shape == (0,)
    assert condense({"de": NOISE}, CONFIG, []) == {}


def assert_same_bits(some: Any, others: Any) -> None:
    for name, values in some.items():
        np.testing.assert_array_equal(values, others[name], err_msg=name, strict=True)


def test_every_window_alone_gives_the_bits_it_gives_among_others() -> None:
    whole = told(NOISE, CONFIG)
    for row in [0, 1, 2, 3, 100, 255, 256, 257, 511, 512, 598, 599]:
        alone = told(NOISE[row : row + 1], CONFIG)
        assert_same_bits(alone, {name: values[row : row + 1] for name, values in whole.items()})


@settings(max_examples=25)
@given(st.data())
def test_any_batch_in_any_order_gives_the_same_bits(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, 599), min_size=1, max_size=40))
    window = data.draw(st.sampled_from([97, 200, 256]))
    config = bearing_config(window=window)
    whole = told(np.ascontiguousarray(NOISE[:, :window]), config)
    assert_same_bits(told(NOISE[rows, :window], config), {name: values[rows] for name, values in whole.items()})


def test_a_neighbour_without_numbers_changes_no_bits() -> None:
    broken = NOISE.copy()
    broken[::2, 7], broken[1::4] = np.nan, 1e300
    whole, beside = told(NOISE, CONFIG), told(broken, CONFIG)
    assert_same_bits({name: values[3::4] for name, values in beside.items()}, {n: v[3::4] for n, v in whole.items()})


def test_a_column_gives_the_same_bits_whatever_else_is_wanted() -> None:
    whole = told(NOISE, CONFIG)
    for name in indicators(CONFIG):
        alone = condense({"de": NOISE}, CONFIG, [f"de_{name}"])
        np.testing.assert_array_equal(alone[f"de_{name}"], whole[name])


@pytest.mark.parametrize("sample", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 100, 255])
def test_a_sample_that_is_no_number_leaves_its_window_without_values(sample: float, place: int) -> None:
    broken = NOISE[:3].copy()
    broken[1, place] = sample
    found = told(broken, CONFIG)
    clean = told(NOISE[:3], CONFIG)
    assert all(np.isnan(values[1]) for values in found.values())
    assert_same_bits({name: values[::2] for name, values in found.items()}, {n: v[::2] for n, v in clean.items()})


@pytest.mark.parametrize("level", [8.1, -1e9, 1e-12])
def test_a_window_that_stands_still_has_levels_but_no_ratios(level: float) -> None:
    found = {name: values[0] for name, values in told(np.full((1, 256), level), CONFIG).items()}
    ratios = {"kurtosis", "skewness", "centroid", "spread", "entropy", "spectral_kurtosis", "spectral_flatness"}
    nothing = {name for name, value in found.items() if np.isnan(value)}
    assert nothing == ratios | {"dominant", "envelope_ftf", "shaft_1x"}  # the latter two too slow for so short a window
    assert found["mean"] == level and found["rms"] == found["peak"] == pytest.approx(abs(level))
    still = ["std", "peak_to_peak", *(f"band_{name}" for name in BANDS), "envelope_bpfo", "envelope_rms", "shaft_2x"]
    assert [found[name] for name in still] == [0.0] * len(still)


def test_a_window_of_zeros_has_no_crest_either() -> None:
    found = told(np.zeros((1, 256)), CONFIG)
    assert np.isnan([found[name][0] for name in ("crest", "shape_factor", "impulse_factor")]).all()
    assert found["rms"][0] == 0.0


def test_the_last_digit_of_a_large_level_is_measured_as_what_it_is() -> None:
    wave = np.where(np.arange(256) % 2, 1e9, np.nextafter(1e9, 2e9))
    found = told(wave[None], CONFIG)
    assert found["std"][0] == pytest.approx(np.spacing(1e9) / 2)
    assert found["kurtosis"][0] == pytest.approx(1.0)
    assert found["dominant"][0] == 6000.0


@pytest.mark.parametrize("place", [0, 128, 255])
def test_a_spike_of_a_million_is_one_impulse_and_gone_with_its_window(place: int) -> None:
    noise = np.random.default_rng(1).normal(size=(3, 256))
    spiked = noise.copy()
    spiked[1, place] = 1e6
    found, clean = told(spiked, CONFIG), told(noise, CONFIG)
    assert found["peak"][1] == 1e6
    assert found["kurtosis"][1] == pytest.approx(256, rel=0.02)
    assert_same_bits({name: values[::2] for name, values in found.items()}, {n: v[::2] for n, v in clean.items()})
    assert found["spectral_flatness"][1] > 0.9 or place in (0, 255)  # where the taper lets it through


def test_samples_too_large_to_square_have_no_value_and_are_not_infinite() -> None:
    found = told(np.where(np.arange(256) % 2, 1e200, -1e200)[None], CONFIG)
    assert all(np.isfinite(values[0]) or np.isnan(values[0]) for values in found.values())
    assert found["peak"][0] == 1e200
