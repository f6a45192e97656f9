"""Claims about what each fault does to readings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config.severity import KINDS
from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic import SHOWN_AS, fault_kinds
from anomaly_assets.synthetic.faults import fault

SCALE = np.array([1.0, 2.0, 0.5])


def normal(rows: int = 200, seed: int = 0) -> np.ndarray:
    shared = np.random.default_rng(seed).standard_normal((rows, 1))
    return (0.9 * shared + 0.4 * np.random.default_rng(seed + 1).standard_normal((rows, 3))) * SCALE


def struck(kind: str, values: np.ndarray, magnitude: float = 5.0) -> np.ndarray:
    return fault(kind)(values, 1, SCALE, magnitude, np.random.default_rng(4))


def test_the_faults_are_found_by_name():
    named = {"spike", "drift", "level_shift", "stuck", "dropout", "noise_burst", "correlation_break", "degradation"}
    assert set(fault_kinds()) == named | {"point", "collective", "contextual"}


def test_every_kind_of_anomaly_has_faults_and_what_is_of_no_kind_is_left_out():
    assert set(SHOWN_AS.values()) == set(KINDS)
    assert set(fault_kinds()) - set(SHOWN_AS) == {"dropout", "correlation_break"}


@given(kind=st.sampled_from(sorted(fault_kinds())), rows=st.integers(1, 50), magnitude=st.floats(0.1, 100))
def test_a_fault_keeps_the_shape_and_leaves_its_input_alone(kind, rows, magnitude):
    values = normal(rows)
    before = values.copy()
    after = struck(kind, values, magnitude)
    assert after.shape == before.shape
    assert np.array_equal(values, before)


@pytest.mark.parametrize("kind", sorted(set(fault_kinds()) - {"degradation"}))
def test_a_fault_of_one_sensor_leaves_the_others_alone(kind):
    values = normal()
    assert np.array_equal(struck(kind, values)[:, [0, 2]], values[:, [0, 2]])


@pytest.mark.parametrize("kind", ["spike", "drift", "level_shift", "point"])
def test_the_largest_offset_is_the_magnitude_in_scales(kind):
    values = normal()
    assert np.abs(struck(kind, values) - values).max() == pytest.approx(5.0 * SCALE[1], rel=1e-3)


def test_a_spike_returns_to_normal_and_a_drift_does_not():
    values = normal()
    offsets = {kind: np.abs(struck(kind, values) - values)[:, 1] for kind in ("spike", "drift", "level_shift")}
    assert offsets["spike"][-1] < 0.1
    assert offsets["drift"][0] < 0.1
    assert offsets["drift"][-1] == pytest.approx(10.0)
    assert np.ptp(offsets["level_shift"]) == pytest.approx(0.0, abs=1e-9)


def test_what_runs_away_goes_faster_and_faster_without_a_leap_and_comes_back():
    values = normal(300)
    away = np.abs(struck("collective", values)[:, 1] - values[0, 1])
    assert away.argmax() == 199
    assert away.max() == pytest.approx(10.0)
    assert (np.diff(away[:200], n=2) > 0).all() and (np.diff(away[200:]) < 0).all()
    assert np.abs(np.diff(away)).max() < 0.05 * away.max()
    assert away[-1] == pytest.approx(0.0, abs=1e-9)


def test_values_of_another_time_are_the_sensors_own():
    hours = np.arange(1440) / 60
    values = np.column_stack([9 + 2 * np.sin(2 * np.pi * hours / 24)] * 3)
    moved = struck("contextual", values)[:, 1]
    assert sorted(moved) == sorted(values[:, 1])
    assert np.abs(moved - values[:, 1]).max() == pytest.approx(4.0, abs=1e-3)


def test_a_stuck_sensor_repeats_its_first_reading_and_a_dropout_has_none():
    values = normal()
    assert np.all(struck("stuck", values)[:, 1] == values[0, 1])
    assert np.isnan(struck("dropout", values)[:, 1]).all()


def test_a_noise_burst_is_as_wide_as_its_magnitude():
    values = normal(5_000)
    assert (struck("noise_burst", values) - values)[:, 1].std() == pytest.approx(10.0, rel=0.05)


def test_a_correlation_break_hides_in_the_sensor_itself():
    values = normal(5_000)
    broken = struck("correlation_break", values)
    assert broken[:, 1].mean() == pytest.approx(values[:, 1].mean(), abs=1e-9)
    assert broken[:, 1].std() == pytest.approx(values[:, 1].std())
    assert np.corrcoef(values.T)[0, 1] > 0.5
    assert np.corrcoef(broken.T)[0, 1] < -0.5


def test_degradation_moves_every_sensor_faster_and_faster():
    values = normal()
    worn = np.abs(struck("degradation", values) - values)
    assert (worn[-1] > 2.0 * SCALE).all()
    assert (np.diff(worn, n=2, axis=0) > 0).all()


def test_an_unknown_fault_is_refused_with_the_known_ones():
    with pytest.raises(SimulationError, match="level_shift"):
        fault("gremlin")
