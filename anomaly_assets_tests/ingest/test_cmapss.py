"""C-MAPSS files: trailing blanks, cycles as days, engines kept apart, lives known from the RUL file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, parsed, rows, rules, written

SENSORS = ("setting_1", "sensor_2", "sensor_21")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FILES = ("train_FD001.txt", "test_FD001.txt", "train_FD003.txt", "test_FD003.txt")


def line(unit: int, cycle: int, *, cells: int = 24) -> str:
    return " ".join([str(unit), str(cycle), *(f"{unit}.{i}" for i in range(cells))]) + "  \n"


def two_engines() -> str:
    return "".join(line(unit, cycle) for unit in (1, 2) for cycle in range(1, 4))


def test_cycles_become_days_and_trailing_blanks_nothing(tmp_path: Path) -> None:
    read = parsed(written(tmp_path, "train_X.txt", two_engines()), a_fleet("cmapss", SENSORS))
    assert read.readings.height == 6
    assert rows(read, "unit_id", "time", "setting_1", "sensor_2", "sensor_21")[1] == (
        "train_X-002",
        EPOCH,
        2.0,
        2.4,
        2.23,
    )
    assert set(read.readings.get_column("time")) == {EPOCH + timedelta(days=i) for i in range(3)}


def test_epoch_and_cycle_are_options(tmp_path: Path) -> None:
    fleet = a_fleet("cmapss", SENSORS, options={"epoch": "2020-05-01", "cycle": "2h"})
    read = parsed(written(tmp_path, "train_X.txt.gz", two_engines(), packed=True), fleet)
    assert read.readings.get_column("time").max() == datetime(2020, 5, 1, 4, tzinfo=UTC)


def test_a_training_engine_fails_at_its_last_cycle(tmp_path: Path) -> None:
    fleet = a_fleet("cmapss", SENSORS, failure_horizon="1d")
    labels = parsed(written(tmp_path, "train_X.txt", two_engines()), fleet).labels.filter(unit_id="train_X-001")
    assert set(labels.get_column("failure_at")) == {EPOCH + timedelta(days=2)}
    assert labels.get_column("start").min() == EPOCH + timedelta(days=1)
    assert labels.get_column("end").max() == EPOCH + timedelta(days=3)


def test_a_test_engine_fails_as_much_later_as_its_rul_says(tmp_path: Path) -> None:
    path = written(tmp_path, "test_X.txt", two_engines())
    assert parsed(path, a_fleet("cmapss", SENSORS)).labels.is_empty()
    written(tmp_path, "RUL_X.txt", "1 \n40 \n")
    labels = parsed(path, a_fleet("cmapss", SENSORS, failure_horizon="2d")).labels
    assert set(labels.select("unit_id", "failure_at").rows()) == {("test_X-001", EPOCH + timedelta(days=3))}
    assert labels.select(pl.min("start"), pl.max("end")).row(0) == (
        EPOCH + timedelta(days=1),
        EPOCH + timedelta(days=3),
    )


def test_a_rul_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "RUL_X.txt", "1\n")
    with pytest.raises(IngestError, match=r"RUL_X\.txt doesn't fit"):
        parsed(written(tmp_path, "test_X.txt", two_engines()), a_fleet("cmapss", SENSORS))


def test_a_changed_rul_file_changes_the_labels_of_its_test_file(tmp_path: Path) -> None:
    source = a_source(tmp_path, a_fleet("cmapss", SENSORS, failure_horizon="2d"))
    written(tmp_path / "raw", "test_X.txt", two_engines())
    written(tmp_path / "raw", "RUL_X.txt", "40\n40\n")
    assert source.refresh().added == ("test_X.txt",)
    assert source.labels(*EVERY_DAY).is_empty()
    written(tmp_path / "raw", "RUL_X.txt", "0\n40\n")
    assert source.refresh().changed == ("test_X.txt",)
    assert source.labels(*EVERY_DAY).height == 3


def test_broken_lines_and_cells_are_rejects(tmp_path: Path) -> None:
    broken = line(1, 3).replace("1.4 ", "boom ", 1)
    text = line(1, 1) + "1 2 0.5\n" + broken + line(1, 4)
    read = parsed(written(tmp_path, "train_X.txt", text), a_fleet("cmapss", ("sensor_2",)))
    assert rows(read, "sensor_2") == [(1.4,), (None,), (1.4,)]
    assert rules(read.rejects) == [("not_26_numbers", None, "1 2 0.5", 2), ("not_a_number", "sensor_2", "boom", 3)]


def test_a_file_of_another_kind_and_an_unknown_sensor_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no C-MAPSS file"):
        parsed(written(tmp_path, "train_X.txt", "a,b,c\n1,2,3\n"), a_fleet("cmapss", SENSORS))
    with pytest.raises(IngestError, match="'sensor_22' may be 'sensor_2"):
        parsed(written(tmp_path, "train_Y.txt", two_engines()), a_fleet("cmapss", ("sensor_22",)))


@pytest.mark.real_data
def test_the_published_files_are_whole(real: Callable[[str], Path], tmp_path: Path) -> None:
    sensors = [*(f"setting_{i}" for i in (1, 2, 3)), *(f"sensor_{i}" for i in range(1, 22))]
    source = Source(a_fleet("cmapss", sensors, failure_horizon="30d"), real("cmapss"), tmp_path)
    assert source.refresh().problems == {}
    assert {file.path: file.rows for file in source.files} == dict(
        zip(FILES, (20_631, 13_096, 24_720, 16_596), strict=True)
    )
    readings = source.readings(*ALWAYS)
    engines = readings.group_by(pl.col("unit_id").str.head(-4).alias("file")).agg(pl.n_unique("unit_id")).rows()
    assert sorted(engines) == sorted((name.removesuffix(".txt"), 100) for name in FILES)
    assert readings.null_count().sum_horizontal().item() == 0
    assert source.rejects(*EVERY_DAY).is_empty()


@pytest.mark.real_data
def test_known_columns_of_fd001_are_constant(real: Callable[[str], Path]) -> None:
    constant = {"setting_3", *(f"sensor_{i}" for i in (1, 5, 10, 16, 18, 19))}
    sensors = [*(f"setting_{i}" for i in (1, 2, 3)), *(f"sensor_{i}" for i in range(1, 22))]
    read = parsed(real("cmapss") / "train_FD001.txt", a_fleet("cmapss", sensors))
    assert {name for name in sensors if read.readings.get_column(name).n_unique() == 1} == constant


@pytest.mark.real_data
def test_every_training_engine_has_a_failure_and_late_test_engines_too(real: Callable[[str], Path]) -> None:
    fleet = a_fleet("cmapss", SENSORS, failure_horizon="30d")
    train = parsed(real("cmapss") / "train_FD001.txt", fleet)
    assert train.labels.get_column("unit_id").n_unique() == 100
    test = parsed(real("cmapss") / "test_FD001.txt", fleet)
    lives = [int(text) for text in (real("cmapss") / "RUL_FD001.txt").read_text().split()]
    assert test.labels.get_column("unit_id").n_unique() == sum(life <= 30 for life in lives)
    assert (test.labels.get_column("failure_at") >= test.labels.get_column("start")).all()
