"""NAB series: windows come from the JSON file, duplicates and a backward clock stay for cleaning to judge."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.ingest import Source

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, written

SERIES = "timestamp,value\n2014-01-01 00:00:00,1\n2014-01-01 00:05:00,2\n2014-01-01 00:05:00,3\n2014-01-01 00:00:00,4\n"
WINDOWS = {"k/s.csv": [["2014-01-01 00:05:00.000000", "2014-01-02 00:05:00.000000"]], "k/other.csv": []}


def test_windows_are_found_above_the_series_and_include_their_last_instant(tmp_path: Path) -> None:
    written(tmp_path / "raw", "data/k/s.csv", SERIES)
    written(tmp_path / "raw", "labels/combined_windows.json", json.dumps(WINDOWS))
    source = a_source(tmp_path, a_fleet("nab", ("value",)))
    assert source.refresh().problems == {}
    labels = source.labels(*EVERY_DAY)
    assert labels.get_column("unit_id").to_list() == ["k_s", "k_s"]
    assert labels.get_column("end").max() == datetime(2014, 1, 2, 0, 10, tzinfo=UTC)
    assert labels.get_column("end").min() == datetime(2014, 1, 2, tzinfo=UTC)


def test_new_windows_touch_just_their_days(tmp_path: Path) -> None:
    written(tmp_path / "raw", "data/k/s.csv", SERIES)
    written(tmp_path / "raw", "labels/combined_windows.json", "{}")
    source = a_source(tmp_path, a_fleet("nab", ("value",)))
    assert source.refresh().days == (datetime(2014, 1, 1).date(),)
    later = {"k/s.csv": [["2014-02-01 00:00:00", "2014-02-01 01:00:00"]]}
    written(tmp_path / "raw", "labels/combined_windows.json", json.dumps(later))
    assert source.refresh().days == (datetime(2014, 2, 1).date(),)


def test_duplicates_and_backward_steps_stay(tmp_path: Path) -> None:
    written(tmp_path / "raw", "k/s.csv", SERIES)
    source = a_source(tmp_path, a_fleet("nab", ("value",)))
    source.refresh()
    assert source.readings(*ALWAYS).select("value", "source_row").rows() == [(1.0, 2), (4.0, 5), (2.0, 3), (3.0, 4)]


def test_damaged_windows_are_a_problem_with_a_sentence(tmp_path: Path) -> None:
    written(tmp_path / "raw", "k/s.csv", SERIES)
    written(tmp_path / "raw", "labels/combined_windows.json", '{"k/s.csv": ')
    problems = a_source(tmp_path, a_fleet("nab", ("value",))).refresh().problems
    assert "combined_windows.json can't be read" in problems["k/s.csv"]


@pytest.mark.real_data
def test_every_published_series_is_read_with_its_windows(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("nab", ("value",)), real("nab"), tmp_path)
    assert source.refresh().problems == {}
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    assert readings.get_column("unit_id").n_unique() == len(source.files) == 33
    windows = json.loads((real("nab") / "labels" / "combined_windows.json").read_text())
    there = {file.path.removeprefix("data/") for file in source.files}
    labelled = {
        name.removesuffix(".csv").replace("/", "_") for name, spans in windows.items() if spans and name in there
    }
    assert set(labels.get_column("unit_id")) == labelled
    repeated = readings.group_by("unit_id").agg(pl.col("time").is_duplicated().any())
    assert repeated.get_column("time").sum() > 1


@pytest.mark.real_data
def test_the_backward_clock_of_machine_temperature_is_kept(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("nab", ("value",), include=["**/machine_temp*.csv"]), real("nab"), tmp_path)
    source.refresh()
    steps = source.readings(*ALWAYS).sort("source_row").get_column("time").diff()
    assert steps.filter(steps < timedelta(0)).to_list() == [-timedelta(minutes=55)]
