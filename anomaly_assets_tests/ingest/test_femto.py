"""Bearings run to failure, a snapshot every ten seconds or a row of a table; the number of a snapshot is its time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
from .snapshots import WAVEFORMS, a_femto_snapshot, femto_text, noise

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=10)
SENSORS = {"side": {"column": "h_rms"}, "up": {"column": "v_kurtosis"}}


def a_rig(sensors: Any = SENSORS, waveforms: Any = WAVEFORMS, **options: Any) -> FleetConfig:
    return a_fleet("femto", sensors, failure_horizon="20s", waveforms=waveforms, options=options)


def read(root: Path, path: Path, fleet: FleetConfig) -> Any:
    return parsed(path, fleet, path.relative_to(root).as_posix())


def a_table(root: Path, name: str = "Learning_set_Bearing1_1.parquet", count: int = 4, **columns: Any) -> Path:
    path = root / name
    told = {"snapshot": range(1, count + 1), "hour": [9] * count, "h_rms": np.arange(count, dtype=np.float32) + 1}
    frame = pl.DataFrame(told | {"v_skew": [0.5] * count, "v_p2p": [3.0] * count} | columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
    return path


@pytest.mark.parametrize("between", [",", ";"])
def test_a_snapshot_is_placed_by_its_number(tmp_path: Path, between: str) -> None:
    found = read(tmp_path, a_femto_snapshot(tmp_path, 5, between=between), a_rig())
    parts = noise(2, seed=5)[:, 0].reshape(4, 16)
    expected = np.sqrt((parts**2).mean(axis=1)).mean()
    assert rows(found, "unit_id", "time", "side") == [("Bearing1_1", EPOCH + 5 * STEP, pytest.approx(expected))]
    assert found.labels.is_empty()


def test_temperatures_and_snapshots_nobody_condenses_are_left_out() -> None:
    taken = reader("femto").takes
    assert taken("Learning_set/Bearing1_1/acc_00001.csv", a_rig())
    assert not taken("Learning_set/Bearing1_1/acc_00001.csv", a_rig(waveforms=None))
    assert not taken("Learning_set/Bearing1_1/temp_00001.csv", a_rig())
    assert taken("features/Learning_set_Bearing1_1.parquet", a_rig(waveforms=None))


def test_the_failure_is_at_the_last_snapshot_that_can_be_read(tmp_path: Path) -> None:
    for k in range(5):
        a_femto_snapshot(tmp_path / "raw", k)
    written(tmp_path / "raw", "Bearing1_1/acc_00006.csv", femto_text(5)[:300])
    source = a_source(tmp_path, a_rig())
    assert list(source.refresh().problems) == ["Bearing1_1/acc_00006.csv"]
    last = EPOCH + 4 * STEP
    labels = source.labels(*EVERY_DAY).select("unit_id", "start", "end", "failure_at", "failure_type").rows()
    assert labels == [("Bearing1_1", last - 2 * STEP, last + STEP, last, "bearing")]


def test_the_failure_moves_on_while_snapshots_arrive(tmp_path: Path) -> None:
    for arrived in (3, 6):
        for k in range(arrived):
            a_femto_snapshot(tmp_path / "raw", k)
        source = a_source(tmp_path, a_rig())
        source.refresh()
        assert source.labels(*EVERY_DAY)["failure_at"].to_list() == [EPOCH + (arrived - 1) * STEP]


@pytest.mark.parametrize(
    ("folder", "failures"), [("Learning_set", 1), ("Test_set", 0), ("Full_Test_Set", 1), ("phm/Full_test_set", 1)]
)
def test_bearings_of_the_test_set_stop_before_they_fail(tmp_path: Path, folder: str, failures: int) -> None:
    a_femto_snapshot(tmp_path / "raw" / folder)
    a_table(tmp_path / "other" / folder, "Bearing1_2.parquet")
    for place in ("raw", "other"):
        source = Source(a_rig(missing_sensors="empty"), tmp_path / place, tmp_path / f"store_{place}", condense)
        assert source.refresh().problems == {}
        assert source.labels(*EVERY_DAY).height == failures


@pytest.mark.parametrize("name", ["Learning_set_Bearing1_1.parquet", "Bearing1_1.csv"])
def test_a_table_is_a_row_a_snapshot(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, a_table(tmp_path, name), a_rig({"side": {"column": "h_rms"}}, waveforms=None))
    assert rows(found, "unit_id", "time", "side") == [("Bearing1_1", EPOCH + k * STEP, k + 1.0) for k in range(4)]
    last = EPOCH + 3 * STEP
    assert found.labels.select("start", "end", "failure_at").rows() == [(last - 2 * STEP, last + STEP, last)]


def test_columns_of_a_table_may_be_called_as_those_of_snapshots(tmp_path: Path) -> None:
    sensors = {"a": {"column": "v_skewness"}, "b": {"column": "v_skew"}, "c": {"column": "v_peak_to_peak"}}
    assert rows(read(tmp_path, a_table(tmp_path), a_rig(sensors)), "a", "b", "c")[0] == (0.5, 0.5, 3.0)


def test_snapshots_that_a_table_lacks_leave_a_gap(tmp_path: Path) -> None:
    path = a_table(tmp_path, count=3, snapshot=[1, 2, 7])
    found = read(tmp_path, path, a_rig({"side": {"column": "h_rms"}}))
    assert [moment for (moment,) in rows(found, "time")] == [EPOCH + k * STEP for k in (0, 1, 6)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (femto_text(0).replace("9,39", "9;39", 1), "line 1"),
        (femto_text(0) + "9,39\n", "line 65"),
        (femto_text(0).replace("39,", "boom,", 1), "line 1"),
        ("1,2,3\n" * 64, "3 columns"),
        (femto_text(0, rows=9), "9 samples"),
        ("", "is empty"),
    ],
)
def test_damaged_snapshots_are_problems_and_others_go_on(tmp_path: Path, text: str, word: str) -> None:
    a_femto_snapshot(tmp_path / "raw", 0)
    written(tmp_path / "raw", "Bearing1_1/acc_00002.csv", text)
    source = a_source(tmp_path, a_rig())
    problems = source.refresh().problems
    assert list(problems) == ["Bearing1_1/acc_00002.csv"]
    assert word in problems["Bearing1_1/acc_00002.csv"]
    assert source.readings(*ALWAYS)["time"].to_list() == [EPOCH]


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    whole = a_table(tmp_path).read_bytes()
    for raw in (b"", b"PAR1 nothing", whole[: len(whole) // 2]):
        with pytest.raises(IngestError, match=r"Bearing2_1\.parquet"):
            read(tmp_path, written(tmp_path, "Bearing2_1.parquet", raw), a_rig())
    with pytest.raises(IngestError, match="'v_kurtosis'"):
        read(tmp_path, a_table(tmp_path), a_rig())
    with pytest.raises(IngestError, match="which bearing"):
        parsed(a_femto_snapshot(tmp_path, bearing="rig"), a_rig(), "rig/acc_00001.csv")


def test_cells_of_a_text_table_that_are_no_numbers_are_rejects(tmp_path: Path) -> None:
    path = a_table(tmp_path, "Bearing1_1.csv", h_rms=["1", "boom", "3", "4"])
    found = read(tmp_path, path, a_rig({"side": {"column": "h_rms"}}))
    assert rules(found.rejects) == [("not_a_number", "side", "boom", 3)]
    assert rows(found, "side") == [(1.0,), (None,), (3.0,), (4.0,)]


@pytest.mark.real_data
def test_the_published_bearings_end_with_their_failures(real: Callable[[str], Path], tmp_path: Path) -> None:
    sensors = {name: {"column": name} for name in ("h_rms", "v_rms", "h_kurtosis", "v_peak_to_peak")}
    source = Source(a_rig(sensors, waveforms=None), real("femto"), tmp_path)
    assert source.refresh().problems == {}
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    lengths = {"1_1": 2803, "1_2": 871, "2_1": 911, "2_2": 797, "3_1": 515, "3_2": 1637}
    assert dict(readings.group_by("unit_id").len().rows()) == {f"Bearing{k}": n for k, n in lengths.items()}
    assert dict(labels.select("unit_id", "failure_at").rows()) == {
        f"Bearing{bearing}": EPOCH + (count - 1) * STEP for bearing, count in lengths.items()
    }
    assert readings.null_count().sum_horizontal().item() == 0
