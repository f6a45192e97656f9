"""How machines are used and how their damage grows; which of them stop together; what is refused."""

import tracemalloc
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic import check_simulation, simulate, write_raw
from anomaly_assets_tests.conftest import small_fleet
from anomaly_assets_tests.synthetic.fleets import FIRST_DAY, shipped, small

from .signals import machine

OUTER = {"kind": "bearing_outer_race", "share": 1.0, "magnitude": 9.0, "duration": "2d"}


def within(states: pl.DataFrame, event: dict[str, Any]) -> pl.DataFrame:
    """States of the unit that an event befalls, while it does."""
    during = pl.col("time").is_between(event["start"], event["end"], closed="left")
    return states.filter(during, unit_id=event["unit_id"])


@given(seed=st.integers(0, 2**31), days=st.integers(1, 6), more=st.integers(1, 5))
@settings(max_examples=15)
def test_states_of_a_longer_simulation_begin_with_those_of_the_shorter_one(seed: int, days: int, more: int) -> None:
    short, long = (simulate(machine(faults=[OUTER]), FIRST_DAY, length, seed).states for length in (days, days + more))
    assert_frame_equal(short, long.filter(pl.col("time") <= pl.lit(short["time"].max())))


def test_damage_that_is_mended_grows_in_a_line_and_is_gone_afterwards() -> None:
    simulated = simulate(machine(faults=[OUTER]), FIRST_DAY, 4, 1)
    assert simulated.events.height == 3
    for event in simulated.events.iter_rows(named=True):
        severity = within(simulated.states, event)["bearing_outer_race"].to_numpy()
        assert severity[-1] == pytest.approx(9.0)
        assert np.ptp(np.diff(severity)) == pytest.approx(0.0, abs=1e-9)
    labelled = [within(simulated.states, event) for event in simulated.events.iter_rows(named=True)]
    healthy = simulated.states.join(pl.concat(labelled), on=["unit_id", "time"], how="anti")
    assert healthy["bearing_outer_race"].max() == 0.0


def test_damage_that_ends_in_a_failure_grows_faster_and_faster() -> None:
    simulated = simulate(small("bearings"), FIRST_DAY, 7, 1)
    assert simulated.events.height == 4
    for event in simulated.events.iter_rows(named=True):
        severity = within(simulated.states, event)[event["failure_type"]].to_numpy()
        assert severity[-1] == pytest.approx(12.0)
        assert np.all(np.diff(severity, n=2) > 0)


def test_bearings_of_one_test_stop_together_when_the_first_has_failed() -> None:
    fleet = small("bearings")
    units = simulate(fleet, FIRST_DAY, 7, 3).units.with_columns(test=pl.col("system_id").str.slice(0, 6))
    assert units.height == 12
    assert units.group_by("test").agg(pl.col("last_reading").n_unique())["last_reading"].to_list() == [1, 1, 1]
    failed = units.filter(pl.col("failure_at").is_not_null())
    names = ["test_1_bearing_3", "test_1_bearing_4", "test_2_bearing_1", "test_3_bearing_3"]
    assert failed["system_id"].to_list() == names
    assert (failed["failure_at"] == failed["last_reading"]).all()


def test_a_test_that_still_runs_is_one_that_the_record_does_not_name() -> None:
    seen = set()
    for days in range(2, 8):
        simulated = simulate(small("bearings"), FIRST_DAY, days, 3)
        tests = set(simulated.units["system_id"].str.extract(r"test_(\d+)_").cast(pl.Int64).to_list())
        failed = set(simulated.labels["unit_id"].str.extract(r"test_(\d+)_").cast(pl.Int64).to_list())
        assert {number % 10 for number in tests} == {1, 2, 3}
        assert failed == {number for number in tests if number < 10}
        seen |= tests
    assert seen == {1, 2, 3, 11, 12, 13}


def test_a_flight_passes_through_its_phases_at_their_speeds() -> None:
    fleet = shipped("engine_vibration")
    assert fleet.simulation.machine is not None
    readings = simulate(fleet, FIRST_DAY, 3, 1).readings
    phases = list(fleet.simulation.machine.phases.values())
    assert readings.group_by("unit_id", pl.col("time").dt.date()).agg(pl.col("phase").n_unique())[
        "phase"
    ].unique().to_list() == [5]
    assert (
        readings.sort("time")
        .group_by("unit_id", pl.col("time").dt.date())
        .agg(pl.col("phase").diff().min())["phase"]
        .min()
        == 0
    )
    for number, phase in enumerate(phases):
        assert readings.filter(phase=number)["rpm"].median() == pytest.approx(phase.speed, rel=0.01)


def test_a_noisy_unit_is_louder_and_a_late_one_comes_late() -> None:
    states = simulate(machine(edge_cases=["noisy_normal", "late_unit"], faults=[]), FIRST_DAY, 4, 1).states
    loudness = dict(states.group_by("unit_id").agg(pl.col("gain").median()).iter_rows())
    assert loudness["unit_02"] > 1.5 * loudness["unit_01"]
    assert states.filter(unit_id="unit_03")["time"].min() > states["time"].min() + timedelta(days=2)


def test_a_fleet_that_drifts_gets_louder_and_nothing_is_labelled() -> None:
    still = simulate(machine(faults=[]), FIRST_DAY, 4, 1).states
    slow = simulate(machine(faults=[], drift={"after": "1d", "per_day": 1.0}), FIRST_DAY, 4, 1)
    jump = simulate(machine(faults=[]), FIRST_DAY, 4, 1, drift_from=FIRST_DAY + timedelta(days=2), drift_scales=3.0)
    assert slow.labels.is_empty() and jump.labels.is_empty()
    assert (slow.states["gain"] / still["gain"]).max() == pytest.approx(np.exp(0.3), rel=0.01)
    louder = (jump.states["gain"] / still["gain"]).round(9).unique().to_list()
    assert sorted(louder) == pytest.approx([1.0, np.exp(0.3)])


def test_writing_needs_memory_for_one_file_at_a_time(tmp_path) -> None:  # type: ignore[no-untyped-def]
    fleet = machine({"window": 4096}, faults=[])
    simulated = simulate(fleet, FIRST_DAY, 4, 1)
    tracemalloc.start()
    files = write_raw(simulated, fleet, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    total = sum(path.stat().st_size for path in files)
    assert peak < total / 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"faults": [{"kind": "drift"}]}, "made of signals"),
        ({"faults": [{"kind": "bearing_outer_rac"}]}, "bearing_outer_race"),
        ({"machine": {"channels": {"fe": 1.0}}}, "no channel"),
        ({"machine": {"channels": {"de": 1.0}, "resonance": 12_000}}, "resonance"),
    ],
)
def test_an_impossible_machine_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SimulationError, match=told):
        check_simulation(machine(**changes))


def test_what_a_machine_needs_is_asked_for() -> None:
    with pytest.raises(SimulationError, match="needs a bearing"):
        check_simulation(machine({"bearing": None}, faults=[OUTER]))
    with pytest.raises(SimulationError, match="how fast"):
        check_simulation(machine({"speed": "rpm"}))
    document = machine().model_dump(mode="json", exclude_none=True)
    with pytest.raises(SimulationError, match="in no others"):
        check_simulation(type(machine()).model_validate(document | {"source": {"format": "table", "folder": "x"}}))


def test_readings_have_no_faults_of_machines() -> None:
    with pytest.raises(SimulationError, match="a machine that is heard"):
        check_simulation(small_fleet(simulation={"faults": [{"kind": "imbalance"}]}))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source": {"options": {"failures": {1: {3: "rust"}}}}}, "rust"),
        ({"source": {"options": {"failures": {}}}}, "says something else"),
        ({"labels": {"failure_horizon": "6d"}}, "failure_horizon"),
        ({"labels": {"failure_horizon": None}}, "failure_horizon"),
        ({"simulation": {"edge_cases": ["late_unit"]}}, "edge case"),
    ],
)
def test_files_that_would_say_something_else_than_the_truth_are_refused(changes: dict[str, Any], told: str) -> None:
    fleet = shipped("bearings")
    document = fleet.model_dump(mode="json", exclude_none=True)
    for name, new in changes.items():
        document[name] = document[name] | new
    with pytest.raises(SimulationError, match=told):
        check_simulation(type(fleet).model_validate(document))


def test_bearings_of_one_test_cannot_fail_at_different_times() -> None:
    lengths = {"bearing_inner_race": "6d", "bearing_ball": "7d", "bearing_outer_race": "6d"}
    faults = [{"kind": kind, "duration": duration} for kind, duration in lengths.items()]
    with pytest.raises(SimulationError, match="fail together"):
        check_simulation(shipped("bearings", faults=faults))
