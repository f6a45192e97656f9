"""Claims about healthy signals."""

import numpy as np
import pytest

from anomaly_assets.synthetic import simulate
from anomaly_assets.synthetic.signals import character, generator, healthy
from anomaly_assets.synthetic.timeline import at_midnight, grid, units_of
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY

QUIET = {"daily": 0.0, "seasonal": 0.0, "modes": 1, "scales": {"a": 2.0, "b": 5.0}, "levels": {"a": 10.0, "b": -3.0}}


def signal(unit: int = 0, days: int = 20, **simulation):
    fleet = small_fleet(simulation=QUIET | simulation, sensors={"a": {}, "b": {}})
    one = units_of(fleet, FIRST_DAY, days)[unit]
    times = grid(fleet, one, at_midnight(FIRST_DAY))
    return fleet, times[0], healthy(fleet, one, times, seed=3, unit_spread=0.0, gain_spread=0.0)


def test_sensors_have_the_level_and_scale_that_the_file_says():
    _, _, values = signal()
    assert values.mean(axis=0) == pytest.approx([10.0, -3.0], abs=0.3)
    assert values.std(axis=0) == pytest.approx([2.0, 5.0], rel=0.05)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_sensors_of_a_unit_are_correlated_as_the_file_says(correlation):
    _, _, values = signal(correlation=correlation)
    assert abs(np.corrcoef(values.T)[0, 1]) == pytest.approx(correlation, abs=0.08)


def test_units_are_independent_of_each_other():
    _, _, one = signal(unit=0)
    _, _, other = signal(unit=1)
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.05


def test_the_noise_share_decides_how_much_a_reading_remembers():
    remembered = []
    for noise in (0.05, 1.0):
        _, _, values = signal(noise=noise)
        remembered.append(np.corrcoef(values[:-1, 0], values[1:, 0])[0, 1])
    assert remembered[0] > 0.8
    assert abs(remembered[1]) < 0.05


def test_the_daily_cycle_has_the_amplitude_that_the_file_says():
    _, times, values = signal(daily=2.0, noise=0.5)
    minute = (times - times.astype("datetime64[D]")).astype("timedelta64[m]").astype(int)
    profile = np.array([values[minute == m, 0].mean() for m in range(0, 1440, 30)])
    assert np.ptp(profile) / 2 == pytest.approx(2.0 * 2.0, rel=0.25)


def test_a_day_shift_runs_in_another_operating_mode():
    fleet, times, values = signal(modes=2, noise=0.5)
    hours = (times - times.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    working = (hours >= 7) & (hours < 13)
    step = values[working].mean(axis=0) - values[~working].mean(axis=0)
    shared = character(fleet, 3)
    assert step == pytest.approx((shared.modes[1] - shared.modes[0]) * shared.scale, abs=0.5)


def test_a_setting_that_never_changes_never_changes():
    fleet = small_fleet(
        sensors={"a": {}, "s": {"role": "setting"}}, simulation={"scales": {"s": 0.0}, "levels": {"s": 4}}
    )
    readings = simulate(fleet, FIRST_DAY, 2, 1).readings
    assert readings["s"].unique().to_list() == [4.0]
    assert readings["a"].n_unique() > 100


def test_places_in_a_simulation_have_unrelated_randomness():
    drawn = [generator(1, *place).standard_normal() for place in ((0,), (1,), (0, 0), (0, 1), (1, 0))]
    assert len(set(drawn)) == 5
