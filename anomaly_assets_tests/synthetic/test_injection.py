"""Claims about faults put into a fleet's own readings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from anomaly_assets.contracts import cleaned_sensors, labels
from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic import inject
from anomaly_assets.synthetic.injection import KINDS, robust_scale
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 1, 1, tzinfo=UTC)


def cleaned(rows: int = 400, units: int = 2, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for unit in range(units):
        values = random.standard_normal((rows, 2)) * [1.0, 30.0] + [5.0, -200.0]
        times = [START + timedelta(minutes=10 * row) for row in range(rows)]
        frame = pl.DataFrame({"unit_id": f"u{unit}", "time": times, "a": values[:, 0], "b": values[:, 1]})
        parts.append(frame.with_columns(a=pl.when(pl.int_range(pl.len()) % 37 != 5).then("a")))
    quality = [pl.lit(0, pl.UInt8).alias(f"{s}__quality") for s in ("a", "b")]
    return cleaned_sensors(small_fleet()).align(pl.concat(parts).with_columns(quality))


def test_every_kind_is_injected_as_often_as_asked_and_labelled():
    readings, truth = inject(cleaned(), ["a", "b"], seed=1, per_unit=2)
    labels(small_fleet()).validate(truth)
    cleaned_sensors(small_fleet()).validate(readings)
    events = truth.group_by("unit_id", "failure_type", "note").len()
    assert events.group_by("unit_id", "failure_type").len()["len"].unique().to_list() == [2]
    assert set(truth["failure_type"]) == set(KINDS)


@given(seed=st.integers(0, 10_000), rows=st.integers(20, 300))
@settings(max_examples=25)
def test_readings_change_only_under_a_label_and_nothing_else_changes(seed, rows):
    before = cleaned(rows)
    after, truth = inject(before, ["a", "b"], seed=seed)
    assert_frame_equal(before.drop("a", "b"), after.drop("a", "b"))
    assert before.select(pl.col("a", "b").is_null()).equals(after.select(pl.col("a", "b").is_null()))
    for sensor in ("a", "b"):
        changed = before.filter(before[sensor].ne_missing(after[sensor])).select("unit_id", "time")
        mine = truth.filter(pl.col("sensor") == sensor)
        hits = changed.join(mine, on="unit_id").filter(pl.col("time").is_between("start", "end", closed="left"))
        assert hits.select("unit_id", "time").unique().height == changed.height


def test_offsets_are_sized_by_the_sensors_own_scale():
    before = cleaned(2_000)
    after, _ = inject(before, ["a", "b"], seed=3, kinds=["level_shift"], magnitude=(4.0, 4.0))
    for sensor, scale in (("a", 1.0), ("b", 30.0)):
        step = (after[sensor] - before[sensor]).abs().max()
        assert step == pytest.approx(4.0 * scale, rel=0.15)


def test_the_seed_decides_where():
    one, again, other = (inject(cleaned(), ["a"], seed=seed)[1] for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_one_sensor_has_no_correlation_to_break():
    _, truth = inject(cleaned(), ["a"], seed=1)
    assert "correlation_break" not in truth["failure_type"]
    with pytest.raises(SimulationError, match="no fault is possible"):
        inject(cleaned(), ["a"], seed=1, kinds=["correlation_break"])


def test_short_or_empty_recordings_get_as_many_faults_as_fit():
    readings, truth = inject(cleaned(rows=20, units=1), ["a", "b"], seed=1)
    assert readings.height == 20
    assert truth.height == 2
    empty, none = inject(cleaned().clear(), ["a", "b"], seed=1)
    assert (empty.height, none.height) == (0, 0)


@pytest.mark.parametrize(("sensors", "kinds"), [(["c"], KINDS), (["a"], ["gremlin"]), ([], KINDS)])
def test_unknown_sensors_and_kinds_are_refused(sensors, kinds):
    with pytest.raises(SimulationError):
        inject(cleaned(), sensors, seed=1, kinds=kinds)


def test_a_few_wild_readings_hardly_move_the_robust_scale():
    values = np.random.default_rng(1).standard_normal((2_000, 1))
    wild = values.copy()
    wild[:20] = 1e6
    assert robust_scale(wild) == pytest.approx(robust_scale(values), rel=0.05)
    assert robust_scale(np.full((5, 1), 3.0)).tolist() == [1.0]
    assert robust_scale(np.full((5, 1), np.nan)).tolist() == [1.0]
