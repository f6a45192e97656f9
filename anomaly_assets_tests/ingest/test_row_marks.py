"""Tables that mark their own rows, for the whole unit or sensor by sensor."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anomaly_assets.errors import ConfigError, IngestError
from anomaly_assets.ingest import check_source

from .building import a_fleet, parsed, written

HOUR = timedelta(hours=1)
FIRST = datetime(2024, 3, 5, tzinfo=UTC)
PER_SENSOR = {"sensor_column": "label_{column}", "note_column": "type_{column}", "bridge": "2h"}


def marked_by(**marks: Any) -> Any:
    return a_fleet(options={"marks": marks})


def spans(labels: pl.DataFrame) -> list[tuple[int, int]]:
    return [((start - FIRST) // HOUR, (end - FIRST) // HOUR) for start, end in labels.select("start", "end").rows()]


def hourly(header: str, *cells: str) -> str:
    return f"time,a,b,{header}\n" + "".join(f"2024-03-05 {i:02d}:00,1,2,{cell}\n" for i, cell in enumerate(cells))


@pytest.mark.parametrize(
    "words", [("0", "1"), ("False", "True"), ("0.0", "1.0"), ("normal", "leak"), ("", "x"), ("NULL", "x")]
)
def test_marked_rows_become_labels_however_the_mark_is_written(tmp_path: Path, words: tuple[str, str]) -> None:
    text = hourly("EVENT", *(words[mark] for mark in (0, 1, 1, 0, 0, 1)))
    labels = parsed(written(tmp_path, "p.csv", text), marked_by(column="EVENT")).labels
    assert spans(labels) == [(1, 3), (5, 6)]
    assert labels.get_column("sensor").null_count() == 2


def test_marks_of_parquet_are_typed(tmp_path: Path) -> None:
    times = [FIRST.replace(tzinfo=None) + k * HOUR for k in range(4)]
    frame = pl.DataFrame({"time": times, "a": [1.0] * 4, "b": [2.0] * 4, "EVENT": [False, True, None, True]})
    frame.write_parquet(tmp_path / "p.parquet")
    assert spans(parsed(tmp_path / "p.parquet", marked_by(column="EVENT")).labels) == [(1, 2), (3, 4)]


def test_marks_of_a_sensor_name_the_sensor_and_keep_the_note(tmp_path: Path) -> None:
    text = hourly("label_a,type_a,label_b,type_b", "0,0,1,L", "1,K,1,L", "1,K,0,0")
    labels = parsed(written(tmp_path, "p.csv", text), marked_by(**PER_SENSOR)).labels
    told = dict(zip(labels.select("sensor", "note").rows(), spans(labels), strict=True))
    assert told == {("a", "K"): (1, 3), ("b", "L"): (0, 2)}


def test_the_bridge_decides_what_is_one_label(tmp_path: Path) -> None:
    text = "time,a,b,e\n" + "".join(f"2024-03-05 {hour:02d}:00,1,2,1\n" for hour in (0, 2, 4, 10))
    path = written(tmp_path, "p.csv", text)
    assert len(spans(parsed(path, marked_by(column="e")).labels)) == 4
    assert spans(parsed(path, marked_by(column="e", bridge="2h")).labels) == [(0, 6), (10, 12)]


def test_without_marks_a_table_has_no_labels(tmp_path: Path) -> None:
    assert parsed(written(tmp_path, "p.csv", hourly("EVENT", "1", "1")), a_fleet()).labels.is_empty()


def test_a_mark_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", hourly("EVENT2,label_a", "1,1"))
    with pytest.raises(IngestError, match="'EVENT' may be"):
        parsed(path, marked_by(column="EVENT"))
    with pytest.raises(IngestError, match="'type_a'"):
        parsed(path, marked_by(**PER_SENSOR))
    with pytest.raises(IngestError, match="'flag_a', 'flag_b'"):
        parsed(path, marked_by(sensor_column="flag_{column}"))
    assert parsed(path, marked_by(sensor_column="label_{column}")).labels.get_column("sensor").to_list() == ["a"]


def test_marks_are_for_wide_tables() -> None:
    with pytest.raises(ConfigError, match="wide layout"):
        check_source(a_fleet(options={"layout": "long", "marks": {"column": "x"}}))
    with pytest.raises(ConfigError, match="colum"):
        check_source(a_fleet(options={"marks": {"colum": "x"}}))


@pytest.mark.real_data
def test_the_water_works_have_49_events(real: Callable[[str], Path]) -> None:
    sensors = {
        name.lower(): {"column": name} for name in ("Tp", "Cl", "pH", "Redox", "Leit", "Trueb", "Cl_2", "Fm", "Fm_2")
    }
    options = {"time": "Time", "marks": {"column": "EVENT"}}
    fleet = a_fleet(sensors=sensors, options=options)
    read = parsed(real("gecco2017") / "waterworks.parquet", fleet)
    assert read.readings.height == 65_526
    assert read.readings.filter(pl.all_horizontal(pl.col(name).is_null() for name in sensors)).height == 11_519
    length = (pl.col("end") - pl.col("start")).sum()
    assert read.labels.select(length).item() == timedelta(minutes=1009)
    pieces = read.labels.get_column("start").is_in(read.labels.get_column("end").to_list()).sum()
    assert read.labels.height - pieces == 49


@pytest.mark.real_data
def test_the_river_station_has_labels_of_every_sensor(real: Callable[[str], Path]) -> None:
    sensors = {"level": {"column": "Level"}, "cond": {"column": "Cond"}, "turb": {"column": "Tur"}}
    fleet = a_fleet(sensors=sensors, options={"time": "Timestamp", "marks": PER_SENSOR})
    read = parsed(real("oddwater") / "data_pioneer_anom.csv", fleet)
    assert read.readings.height == 6303
    assert set(read.labels.get_column("sensor")) == set(sensors)
    frame = pl.read_csv(real("oddwater") / "data_pioneer_anom.csv", infer_schema_length=None)
    times = read.readings.get_column("time")
    for sensor, marked in (("level", 6), ("cond", 519), ("turb", 731)):
        covered = pl.Series([False] * 6303)
        for start, end in read.labels.filter(sensor=sensor).select("start", "end").rows():
            covered = covered | times.is_between(start, end, closed="left")
        column = sensors[sensor]["column"]
        assert (covered & (frame.get_column(f"label_{column}") == 1)).sum() == marked
        assert covered.sum() <= marked + 2  # an instant that is there twice, marked once
