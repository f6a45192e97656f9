"""Impossible simulations are refused with a sentence that says what to do."""

import pytest

from anomaly_assets.config import load_fleets
from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic import check_simulation, simulate
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY, NAMES, SHIPPED, shipped


def test_the_shipped_fleets_can_be_simulated():
    fleets = load_fleets(SHIPPED)
    assert set(fleets) == set(NAMES)
    for fleet in fleets.values():
        check_simulation(fleet)


@pytest.mark.parametrize(
    ("simulation", "told"),
    [
        ({"faults": [{"kind": "drfit"}]}, "drift"),
        ({"faults": [{"kind": "stuck", "share": 1, "duration": "17d"}]}, "don't fit"),
        ({"quiet": "30d"}, "don't fit"),
        ({"scales": {"oxgen": 1.0}}, "oxgen"),
        ({"units": 2, "names": ["one"]}, "names"),
        ({"units": 2, "names": ["one", "one"]}, "names"),
        ({"units": 1, "edge_cases": ["late_unit"]}, "edge cases"),
        ({"recording": "1s"}, "recording"),
    ],
)
def test_an_impossible_simulation_is_refused(simulation, told):
    with pytest.raises(SimulationError, match=told):
        check_simulation(small_fleet(simulation=simulation))


def test_no_correlation_breaks_with_one_sensor():
    fleet = small_fleet(sensors={"a": {}}, simulation={"faults": [{"kind": "correlation_break"}]})
    with pytest.raises(SimulationError, match="one sensor"):
        check_simulation(fleet)
    check_simulation(small_fleet(simulation={"faults": [{"kind": "correlation_break"}]}))


def test_a_format_without_a_layout_is_refused():
    with pytest.raises(SimulationError, match="nab"):
        check_simulation(small_fleet(source={"format": "nab", "folder": "raw"}))


def test_a_run_to_failure_fleet_needs_engines_that_fail():
    faults = [{"kind": "degradation", "share": 0.5, "duration": "100d"}]
    with pytest.raises(SimulationError, match="degradation"):
        check_simulation(shipped("turbofan", faults=faults))


@pytest.mark.parametrize("days", [0, -3])
def test_no_days_are_nothing_to_simulate(days):
    with pytest.raises(SimulationError, match="at least 1 day"):
        simulate(small_fleet(), FIRST_DAY, days, 1)
