"""Claims about whole synthetic fleets."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import labels, raw_readings
from anomaly_assets.synthetic import simulate
from anomaly_assets_tests.conftest import small_fleet

from .fleets import FIRST_DAY, NAMES, shipped, small

FAULTS = [{"kind": "drift", "share": 1.0, "duration": "1d"}, {"kind": "stuck", "share": 0.5, "duration": "9h"}]


def fleet_of(days: int = 4, **simulation):
    base = {"units": 3, "days": days, "quiet": "1d", "faults": FAULTS}
    return small_fleet(sampling="10m", sensors={"a": {}, "b": {}}, simulation=base | simulation)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_fleet_keeps_the_contracts(name):
    fleet = small(name)
    simulated = simulate(fleet, FIRST_DAY, fleet.simulation.days, 1)
    labels(fleet).validate(simulated.labels)
    sourced = simulated.readings.with_columns(source_file=pl.lit("x"), source_row=pl.int_range(pl.len()))
    raw_readings(fleet).validate(sourced)
    assert simulated.labels.height
    assert simulated.readings.select("unit_id", "time").is_unique().all()


@given(seed=st.integers(0, 2**31), days=st.integers(1, 9), more=st.integers(1, 7))
@settings(max_examples=20)
def test_a_longer_simulation_begins_with_the_shorter_one(seed, days, more):
    fleet = fleet_of()
    short, long = (simulate(fleet, FIRST_DAY, length, seed) for length in (days, days + more))
    end = short.readings["time"].max()
    assert_frame_equal(short.readings, long.readings.filter(pl.col("time") <= end))
    assert_frame_equal(short.clean, long.clean.filter(pl.col("time") <= end))
    known = long.labels.filter(pl.col("start") <= end)
    assert_frame_equal(short.labels, known)


@pytest.mark.parametrize("name", ["aquaculture", "engine_vibration", "pump_loop", "river"])
def test_one_more_day_adds_a_day_to_a_shipped_fleet(name):
    fleet = small(name)
    days = fleet.simulation.days
    short, long = (simulate(fleet, FIRST_DAY, length, 5) for length in (days, days + 1))
    before = pl.col("time") < pl.lit(FIRST_DAY + days * timedelta(days=1))
    assert_frame_equal(short.readings, long.readings.filter(before))
    if short.states.height:
        assert_frame_equal(short.states, long.states.filter(before))
    assert long.readings["time"].max().date() == FIRST_DAY + timedelta(days=days)


def test_the_seed_decides():
    fleet = fleet_of()
    one, again, other = (simulate(fleet, FIRST_DAY, 3, seed) for seed in (1, 1, 2))
    assert_frame_equal(one.readings, again.readings)
    assert not one.readings.equals(other.readings)
    assert not one.events.equals(other.events)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=15)
def test_readings_differ_from_the_clean_ones_only_where_a_label_lies(seed):
    simulated = simulate(fleet_of(8), FIRST_DAY, 8, seed)
    both = simulated.readings.join(simulated.clean, on=["unit_id", "time"], suffix="_clean")
    changed = pl.any_horizontal(pl.col(s).ne_missing(pl.col(f"{s}_clean")) for s in ("a", "b"))
    labelled = pl.lit(False)
    for row in simulated.labels.iter_rows(named=True):
        inside = (pl.col("time") >= row["start"]) & (pl.col("time") < row["end"])
        labelled |= inside & (pl.col("unit_id") == row["unit_id"])
    assert both.filter(changed & ~labelled).is_empty()
    assert both.filter(changed & labelled).height > 10


@given(seed=st.integers(0, 2**31))
@settings(max_examples=15)
def test_nothing_goes_wrong_in_the_quiet_time_and_faults_never_overlap(seed):
    events = simulate(fleet_of(6), FIRST_DAY, 12, seed).events.sort("unit_id", "start")
    assert events["start"].min().date() >= FIRST_DAY + timedelta(days=1)
    following = events.with_columns(pl.col("start").shift(-1).over("unit_id").alias("next")).drop_nulls("next")
    assert (following["end"] <= following["next"]).all()


def test_every_unit_gets_the_faults_that_the_share_says():
    counts = simulate(fleet_of(units=6), FIRST_DAY, 4, 1).events["failure_type"].value_counts()
    assert dict(counts.iter_rows()) == {"drift": 6, "stuck": 3}


def test_the_edge_cases_are_what_they_say():
    cases = ["late_unit", "noisy_normal", "subtle", "long_gap"]
    simulated = simulate(fleet_of(units=8, days=10, edge_cases=cases, faults=[]), FIRST_DAY, 10, 2)
    units = {case: name for name, case in simulated.units.select("system_id", "edge_case").iter_rows() if case}
    assert units["late_unit"] == "unit_08"
    parts = {case: simulated.readings.filter(pl.col("unit_id") == name) for case, name in units.items()}
    assert parts["late_unit"]["time"].min().date() == FIRST_DAY + timedelta(days=6)
    assert parts["long_gap"]["time"].diff().max() > timedelta(days=1)
    normal = simulated.readings.filter(pl.col("unit_id") == "unit_01")
    assert parts["noisy_normal"]["a"].diff().std() > 1.5 * normal["a"].diff().std()
    assert simulated.events.select("unit_id", "failure_type").rows() == [(units["subtle"], "subtle")]


def test_a_drifted_fleet_moves_on_the_day_and_not_before():
    fleet, day = fleet_of(faults=[]), date(2024, 1, 3)
    still = simulate(fleet, FIRST_DAY, 4, 1).readings
    moved = simulate(fleet, FIRST_DAY, 4, 1, drift_from=day, drift_scales=2.0).readings
    step = moved.select("time", step=pl.col("a") - still["a"])
    assert step.filter(pl.col("time").dt.date() < day)["step"].abs().max() == 0.0
    assert step.filter(pl.col("time").dt.date() >= day)["step"].to_list() == pytest.approx([2.0] * 864, abs=0.011)


def test_engines_stop_when_they_fail_and_withdrawn_ones_before():
    simulated = simulate(shipped("turbofan"), FIRST_DAY, 240, 3)
    failed = simulated.units.filter(pl.col("system_id").str.starts_with("train"))
    running = simulated.units.filter(pl.col("system_id").str.starts_with("test"))
    assert (failed.height, running.height) == (16, 4)
    assert (failed["last_reading"] == failed["failure_at"]).all()
    assert (running["last_reading"] < running["failure_at"]).all()
    lives = failed.select((pl.col("last_reading") - pl.col("first_reading")).dt.total_days())
    assert lives.to_series().min() > 60


def test_an_engine_that_has_not_failed_yet_is_no_training_engine():
    simulated = simulate(shipped("turbofan"), FIRST_DAY, 100, 3)
    assert simulated.units["system_id"].str.starts_with("test").all()
    assert simulated.labels.is_empty()


def test_readings_stay_within_what_a_sensor_can_show():
    fleet = small_fleet(
        sampling="10m",
        sensors={"a": {"range": [0, 2]}},
        simulation={
            "days": 3,
            "quiet": "1d",
            "scales": {"a": 1.0},
            "faults": [{"kind": "drift", "share": 1, "magnitude": 90}],
        },
    )
    readings = simulate(fleet, FIRST_DAY, 3, 1).readings["a"]
    assert (readings.min(), readings.max()) == (0.0, 2.0)
