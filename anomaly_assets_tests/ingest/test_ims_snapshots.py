"""Raw snapshots of bearings run to failure: the folder tells the test, the last file the failure."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import IngestError
from anomaly_assets.features import condense
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.discovery import reader

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, parsed, rows, rules, written
from .snapshots import FIRST, STEP, WAVEFORMS, an_ims_snapshot, as_text, ims_name, noise

SENSORS = {"level": {"column": "c1_rms"}, "impulse": {"column": "c1_kurtosis"}}
START = FIRST.replace(tzinfo=UTC)


def a_rig(sensors: Any = SENSORS, horizon: str = "1d", waveforms: Any = WAVEFORMS, **options: Any) -> FleetConfig:
    told = {"per": "bearing"} | options
    return a_fleet("ims", sensors, failure_horizon=horizon, waveforms=waveforms, options=told)


def read(root: Path, path: Path, fleet: FleetConfig) -> Any:
    return parsed(path, fleet, path.relative_to(root).as_posix())


def test_a_snapshot_is_a_row_of_every_bearing_at_the_instant_of_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, an_ims_snapshot(tmp_path, 3), a_rig())
    told = found.readings.select("unit_id", "time", "source_row").rows()
    assert told == [(f"test_2_bearing_{bearing}", START + 3 * STEP, 1) for bearing in range(1, 5)]
    assert found.rejects.is_empty() and found.labels.is_empty()


def test_a_row_is_the_mean_over_the_windows_of_its_snapshot(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path)
    parts = noise(4, seed=0)[:, 2].reshape(4, 16)
    expected = np.sqrt((parts**2).mean(axis=1)).mean()
    assert rows(read(tmp_path, path, a_rig()), "level")[2][0] == pytest.approx(expected)


def test_overlapping_windows_count_in_the_mean_too(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path)
    wave = noise(4, seed=0)[:, 0]
    expected = np.mean([np.sqrt((wave[first : first + 16] ** 2).mean()) for first in range(0, 49, 8)])
    overlapping = a_rig(waveforms=WAVEFORMS | {"hop": 8})
    assert rows(read(tmp_path, path, overlapping), "level")[0][0] == pytest.approx(expected)


def test_the_first_test_has_two_channels_per_bearing(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path, folder="1st_test", columns=8)
    both = {"x": {"column": "c1_mean_abs"}, "y": {"column": "c2_mean_abs"}}
    expected = np.abs(noise(8, seed=0)).mean(axis=0)
    found = rows(read(tmp_path, path, a_rig(both)), "unit_id", "x", "y")
    assert [unit for unit, _, _ in found] == [f"test_1_bearing_{bearing}" for bearing in range(1, 5)]
    assert [level for _, *levels in found for level in levels] == pytest.approx(expected)


def test_a_unit_may_be_a_test_whose_sensors_name_the_bearing(tmp_path: Path) -> None:
    sensors = {"one": {"column": "bearing_1_c1_mean_abs"}, "four": {"column": "bearing_4_c1_mean_abs"}}
    found = rows(read(tmp_path, an_ims_snapshot(tmp_path), a_rig(sensors, per="test")), "unit_id", "one", "four")
    expected = np.abs(noise(4, seed=0)).mean(axis=0)
    assert found == [("test_2", pytest.approx(expected[0]), pytest.approx(expected[3]))]


@pytest.mark.parametrize(
    ("folder", "unit"),
    [
        ("2nd_test", "test_2"),
        ("3rd_test", "test_3"),
        ("3rd_test/4th_test/txt", "test_3"),
        ("4th_test", "test_3"),
        ("test_4", "test_4"),
        ("IMS/2nd_test/2nd_test", "test_2"),
    ],
)
def test_the_folder_tells_the_test(tmp_path: Path, folder: str, unit: str) -> None:
    sensors = {"one": {"column": "bearing_1_c1_rms"}}
    found = read(tmp_path, an_ims_snapshot(tmp_path, folder=folder), a_rig(sensors, per="test"))
    assert found.readings["unit_id"].to_list() == [unit]


def test_a_snapshot_of_a_rig_that_stood_still_is_a_reject_of_every_bearing(tmp_path: Path) -> None:
    found = read(tmp_path, an_ims_snapshot(tmp_path, scale=0.001), a_rig())
    assert found.readings.is_empty()
    assert found.rejects["unit_id"].to_list() == [f"test_2_bearing_{bearing}" for bearing in range(1, 5)]
    assert {rule for rule, *_ in rules(found.rejects)} == {"rig_stopped"}
    assert found.rejects["day"].unique().to_list() == [FIRST.date()]


def test_times_are_local_to_the_source(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path)
    fleet = a_fleet("ims", SENSORS, options={"per": "bearing"}, waveforms=WAVEFORMS, time_zone="America/New_York")
    assert read(tmp_path, path, fleet).readings["time"][0] == START + timedelta(hours=5)


def test_snapshots_are_read_only_if_somebody_said_how_they_are_condensed() -> None:
    taken = reader("ims").takes
    assert taken(ims_name(0), a_rig())
    assert not taken(ims_name(0), a_rig(waveforms=None))
    assert not taken("2nd_test/readme.txt", a_rig())
    assert not taken(f"{ims_name(0)}.failure", a_rig())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (as_text(noise(3)), "3. Expected: 4: 1 for each of 4 bearings"),
        (as_text(noise(8)), "8. Expected: 4"),
        (as_text(noise(4)) + "0.1\t0.2\n", "line 65"),
        (as_text(noise(4)) + "0.1\t0.2\t0.3\t0.4\t0.5\n", "line 65"),
        ("0.1\t0.2\tboom\t0.4\n" * 64, "'0.1.t0.2.tboom"),
        ("0.1\t0.2\tnan\t0.4\n" * 64, "line 1"),
        (as_text(noise(4, rows=8)), "8 samples"),
        ("", "is empty"),
    ],
)
def test_damaged_snapshots_are_problems_that_name_the_file_and_others_go_on(
    tmp_path: Path, text: str, word: str
) -> None:
    an_ims_snapshot(tmp_path / "raw", 0)
    written(tmp_path / "raw", ims_name(1), text)
    an_ims_snapshot(tmp_path / "raw", 2)
    source = a_source(tmp_path, a_rig())
    problems = source.refresh().problems
    assert list(problems) == [ims_name(1)]
    assert FIRST.strftime("%Y.%m.%d") in problems[ims_name(1)]
    with pytest.raises(IngestError, match=word):
        read(tmp_path / "raw", tmp_path / "raw" / ims_name(1), a_rig())
    assert source.readings(*ALWAYS)["time"].unique().sort().to_list() == [START, START + 2 * STEP]


def test_a_folder_that_names_no_test_is_a_problem(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path, folder="somewhere")
    with pytest.raises(IngestError, match="which test"):
        read(tmp_path, path, a_rig())


def test_an_unknown_indicator_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="kurtosis"):
        read(tmp_path, an_ims_snapshot(tmp_path), a_rig({"level": {"column": "c1_curtosis"}}))


def test_packed_snapshots_say_the_same(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path)
    packed = written(tmp_path, f"{ims_name(0)}.gz", path.read_text(), packed=True)
    plain, unpacked = (read(tmp_path, one, a_rig()).readings.drop("source_file") for one in (path, packed))
    assert plain.equals(unpacked)


def test_a_new_rule_of_condensing_reads_every_snapshot_again(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path / "raw")
    assert a_source(tmp_path, a_rig()).refresh().added == (ims_name(0), f"{ims_name(0)}.failure")
    again = a_source(tmp_path, a_rig(waveforms=WAVEFORMS | {"window": 32}))
    assert again.refresh().changed == (ims_name(0), f"{ims_name(0)}.failure")
    wave = np.loadtxt(path)[:, 0].reshape(2, 32)
    assert again.readings(*ALWAYS)["level"][0] == pytest.approx(np.sqrt((wave**2).mean(axis=1)).mean())


# Labels


def labelled(source: Source) -> list[tuple[Any, ...]]:
    """Failures: their unit, where the label begins and ends, and when the bearing failed."""
    pieces = source.labels(*EVERY_DAY)
    assert (pieces["start"].dt.date() == (pieces["end"] - timedelta(microseconds=1)).dt.date()).all()
    joined = pieces.group_by("unit_id", "failure_type", "sensor", "failure_at")
    joined = joined.agg(pl.col("start").min(), pl.col("end").max()).sort("unit_id", "sensor", "failure_at")
    return joined.select("unit_id", "start", "end", "failure_at").rows()


def test_the_failure_is_labelled_at_the_last_snapshot_that_counts(tmp_path: Path) -> None:
    for k in range(4):
        an_ims_snapshot(tmp_path / "raw", k, scale=1.0 if k < 3 else 0.001)
    written(tmp_path / "raw", ims_name(4), "0.1\tboom\n")
    source = a_source(tmp_path, a_rig(horizon="10m"))
    source.refresh()
    failed = START + 2 * STEP
    assert labelled(source) == [("test_2_bearing_1", failed - STEP, failed + STEP, failed)]


def test_a_label_never_begins_before_the_test(tmp_path: Path) -> None:
    for k in range(3):
        an_ims_snapshot(tmp_path / "raw", k)
    source = a_source(tmp_path, a_rig(horizon="30d"))
    source.refresh()
    assert labelled(source) == [("test_2_bearing_1", START, START + 3 * STEP, START + 2 * STEP)]


def test_labels_of_a_whole_test_are_also_those_of_the_sensors_at_the_bearing(tmp_path: Path) -> None:
    an_ims_snapshot(tmp_path / "raw")
    sensors = {"one": {"column": "bearing_1_c1_rms"}, "two": {"column": "bearing_2_c1_rms"}}
    source = a_source(tmp_path, a_rig(sensors, per="test"))
    source.refresh()
    assert source.labels(*EVERY_DAY).select("unit_id", "sensor").rows() == [("test_2", None), ("test_2", "one")]


def test_labels_follow_the_last_snapshot_as_files_arrive_day_by_day(tmp_path: Path) -> None:
    """As if all had come at once; days whose labels are withdrawn have changed, so that they are labelled anew."""
    eight_hours, seen = timedelta(hours=8), []
    fleet = a_rig()
    for day in range(4):
        for k in range(3 * day, 3 * day + 3):
            an_ims_snapshot(tmp_path / "raw", k, step=eight_hours)
        source = a_source(tmp_path, fleet)
        seen.append((source.refresh(), source))
        failed = START + (3 * day + 2) * eight_hours
        begin = max(START, failed - timedelta(days=1))
        assert labelled(source) == [("test_2_bearing_1", begin, failed + eight_hours, failed)]
    at_once = Source(fleet, tmp_path / "raw", tmp_path / "other", condense)
    at_once.refresh()
    assert at_once.labels(*EVERY_DAY).equals(seen[-1][1].labels(*EVERY_DAY))
    assert at_once.day_versions() == seen[-1][1].day_versions()
    last = seen[-1][0]
    only_labelled_before = date(2004, 2, 14)
    assert only_labelled_before in last.days
    assert last.days == tuple(date(2004, 2, day) for day in (14, 15, 16))
    assert last.added == tuple(sorted([*(ims_name(k, step=eight_hours) for k in (9, 10, 11)), failure(11)]))
    assert last.removed == (failure(8),)


def failure(k: int) -> str:
    return f"{ims_name(k, step=timedelta(hours=8))}.failure"


def test_labels_leave_with_the_snapshots(tmp_path: Path) -> None:
    path = an_ims_snapshot(tmp_path / "raw")
    source = a_source(tmp_path, a_rig())
    source.refresh()
    assert labelled(source)
    path.unlink()
    assert source.refresh().removed == (ims_name(0), f"{ims_name(0)}.failure")
    assert not labelled(source)


def test_tests_without_a_known_failure_have_no_label(tmp_path: Path) -> None:
    an_ims_snapshot(tmp_path / "raw", folder="test_7")
    source = a_source(tmp_path, a_rig())
    assert source.refresh().added == (ims_name(0, "test_7"),)
    assert not labelled(source)


def test_snapshots_that_somebody_left_out_end_no_test(tmp_path: Path) -> None:
    for k in range(3):
        an_ims_snapshot(tmp_path / "raw", k)
    last = ims_name(2).rpartition("/")[2]
    fleet = a_rig()
    source = a_source(
        tmp_path, fleet.model_copy(update={"source": fleet.source.model_copy(update={"exclude": (last,)})})
    )
    source.refresh()
    assert [failed for *_, failed in labelled(source)] == [START + STEP]


def test_a_table_and_the_snapshots_it_was_made_of_agree(tmp_path: Path) -> None:
    """The amplitude of a feature table is the indicator mean_abs of the snapshot."""
    found = read(tmp_path, an_ims_snapshot(tmp_path), a_rig({"size": {"column": "c1_mean_abs"}}))
    amplitudes = np.abs(noise(4, seed=0)).mean(axis=0)
    header = "," + ",".join(f"Bearing {bearing}" for bearing in range(1, 5))
    line = f"{FIRST:%Y-%m-%d %H:%M:%S}," + ",".join(map(str, amplitudes))
    table = written(tmp_path, "merged_dataset_BearingTest_2.csv", f"{header}\n{line}\n")
    for column in ("c1_mean_abs", "C1"):
        told = read(tmp_path, table, a_rig({"size": {"column": column}}))
        assert rows(told, "unit_id", "time")[:4] == rows(found, "unit_id", "time")
        assert told.readings["size"].to_list() == pytest.approx(found.readings["size"].to_list())
    assert datetime(2004, 2, 12, 10, 32, 39, tzinfo=UTC) == found.readings["time"][0]
