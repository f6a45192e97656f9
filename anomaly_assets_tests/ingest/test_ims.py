"""Bearings run to failure: a column without a name is the time, a rig that stood still says nothing about health."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.ims import takes

from .building import ALWAYS, EVERY_DAY, a_fleet, parsed, rows, rules, written

FIRST = datetime(2003, 10, 22, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
SENSORS = {
    "one": {"column": "Bearing 1 C1"},
    "three": {"column": "Bearing 3 C1"},
    "three_b": {"column": "Bearing 3 C2"},
}
HEADER = ",Bearing 1 C1,Bearing 3 C1,Bearing 3 C2,Bearing 4 C1"


def line(k: int, cells: str = "0.1,0.2,0.3,0.4") -> str:
    return f"{FIRST + k * STEP:%Y-%m-%d %H:%M:%S},{cells}"


def a_test(folder: Path, lines: list[str] | None = None, test: int = 1) -> Path:
    """Six rows, the last two of them of a rig that stood still."""
    told = lines or [*(line(k) for k in range(4)), *(line(k, "0.001,0.002,0.001,0.003") for k in (4, 5))]
    return written(folder, f"merged_dataset_BearingTest_{test}.csv", "\n".join([HEADER, *told]) + "\n")


def a_rig(sensors: Any = SENSORS, **source: Any) -> Any:
    return a_fleet("ims", sensors, failure_horizon="20m", **source)


def test_a_unit_is_a_test_and_its_sensors_are_columns(tmp_path: Path) -> None:
    read = parsed(a_test(tmp_path), a_rig(unit={"aliases": {"test_1": "rig"}}))
    assert rows(read, "unit_id", "time", "three_b", "source_row") == [
        ("rig", FIRST + k * STEP, 0.3, k + 2) for k in range(4)
    ]


def test_rows_of_a_rig_that_stood_still_are_rejects(tmp_path: Path) -> None:
    read = parsed(a_test(tmp_path), a_rig())
    assert rules(read.rejects) == [
        ("rig_stopped", None, "0.003 at most in any channel", 6),
        ("rig_stopped", None, "0.003 at most in any channel", 7),
    ]
    assert read.rejects.get_column("day").to_list() == [FIRST.date()] * 2
    kept = parsed(a_test(tmp_path), a_rig(options={"stopped_below": 0.002}))
    assert kept.readings.height == 6
    assert kept.rejects.is_empty()


def test_one_channel_that_falls_is_a_sensor_and_no_stopped_rig(tmp_path: Path) -> None:
    path = a_test(tmp_path, [line(0), line(1, "0.001,0.001,0.001,0.4")])
    assert parsed(path, a_rig()).readings.height == 2


def test_the_known_failures_are_labelled_at_the_last_row_that_counts(tmp_path: Path) -> None:
    labels = parsed(a_test(tmp_path), a_rig()).labels
    end = FIRST + 3 * STEP
    assert set(labels.select("start", "end", "failure_at").rows()) == {(FIRST + STEP, end + STEP, end)}
    assert labels.select("failure_type", "note", "sensor").rows() == [
        ("inner_race", "bearing 3", None),
        ("inner_race", "bearing 3", "three"),
        ("inner_race", "bearing 3", "three_b"),
        ("rolling_element", "bearing 4", None),
    ]


def test_a_unit_may_be_a_bearing(tmp_path: Path) -> None:
    options = {"per": "bearing", "missing_sensors": "empty"}
    read = parsed(a_test(tmp_path), a_rig({"x": {"column": "C1"}, "y": {"column": "C2"}}, options=options))
    assert set(rows(read, "unit_id", "x", "y")) == {
        ("test_1_bearing_1", 0.1, None),
        ("test_1_bearing_3", 0.2, 0.3),
        ("test_1_bearing_4", 0.4, None),
    }
    assert read.labels.select("unit_id", "failure_type", "sensor").rows() == [
        ("test_1_bearing_3", "inner_race", None),
        ("test_1_bearing_4", "rolling_element", None),
    ]


def test_which_bearings_failed_is_an_option(tmp_path: Path) -> None:
    fleet = a_rig(options={"failures": {1: {1: "cage"}}})
    labels = parsed(a_test(tmp_path), fleet).labels
    assert labels.select("failure_type", "sensor").rows() == [("cage", None), ("cage", "one")]
    assert parsed(a_test(tmp_path, test=4), a_rig()).labels.is_empty()


def test_cells_and_times_that_cannot_be_read_are_rejects(tmp_path: Path) -> None:
    path = a_test(tmp_path, [line(0), line(1, "boom,0.2,0.3,0.4"), "soon,1,1,1,1", line(2), line(3) + ",9,9"])
    read = parsed(path, a_rig())
    assert [(rule, sensor, row) for rule, sensor, _, row in rules(read.rejects)] == [
        ("not_a_number", "one", 3),
        ("bad_time", None, 4),
        ("too_many_cells", None, 6),
    ]
    assert read.readings.height == 3


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08\x00cut", "cut short"),
        (b"time,Bearing 1\n2003-10-22 12:00:00,1\n", "lacks the configured columns ''"),
        (b",a,b\n2003-10-22 12:00:00,1,2\n", "no channels"),
        (b",Bearing 1\n2003-10-22 12:00:00,1\n", "'Bearing 3 C1'"),
        (b",Bearing 1 C1,Bearing 3 C1,Bearing 3 C2\nx,1,2,3\n", "time can be read"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, raw: bytes, word: str) -> None:
    with pytest.raises(IngestError, match=word):
        parsed(written(tmp_path, "merged_dataset_BearingTest_1.csv", raw), a_rig())


def test_names_tell_the_tests() -> None:
    fleet = a_fleet("ims")
    assert takes("x/merged_dataset_BearingTest_2.csv.gz", fleet)
    assert not takes("bearings.csv", fleet)


@pytest.mark.real_data
def test_the_published_tests_end_with_their_failures(real: Callable[[str], Path], tmp_path: Path) -> None:
    options = {"per": "bearing"}
    fleet = a_fleet("ims", {"amplitude": {"column": "C1"}}, failure_horizon="2d", options=options)
    source = Source(fleet, real("ims_features"), tmp_path)
    assert source.refresh().problems == {}
    lengths = source.readings(*ALWAYS).group_by("unit_id").len().sort("unit_id").rows()
    assert lengths == [
        (f"test_{test}_bearing_{bearing}", rows) for test, rows in ((1, 2156), (2, 982)) for bearing in range(1, 5)
    ]
    rejects = source.rejects(*EVERY_DAY)
    assert rejects.select("rule", "source_row").unique().sort("source_row").rows() == [
        ("rig_stopped", 984),
        ("rig_stopped", 985),
    ]
    labels = source.labels(*EVERY_DAY).group_by("unit_id", "failure_type").agg(pl.col("failure_at").first())
    assert labels.sort("unit_id").rows() == [
        ("test_1_bearing_3", "inner_race", datetime(2003, 11, 25, 23, 39, 56, tzinfo=UTC)),
        ("test_1_bearing_4", "rolling_element", datetime(2003, 11, 25, 23, 39, 56, tzinfo=UTC)),
        ("test_2_bearing_1", "outer_race", datetime(2004, 2, 19, 6, 2, 39, tzinfo=UTC)),
    ]
