"""River stations: technicians' codes become labels per sensor, whatever the file's age and layout."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source

from .building import ALWAYS, EVERY_DAY, a_fleet, lro_fleet, parsed, rows, written

HEADER = "datetime,temp,temp_cor,temp_qual,do,do_cor,do_qual\n"
SENSORS = ("temp", "do", "turb")


def test_codes_become_intervals_of_their_sensor(tmp_path: Path) -> None:
    codes = [("NULL", "NULL"), ("10", "NULL"), ("10", "4"), ("2", "NULL"), ("NULL", "NULL")]
    lines = [f"2020-01-01 00:{15 * i:02d}:00.000,1,1,{t},2,2,{d}" for i, (t, d) in enumerate(codes[:4])]
    lines.append("2020-01-01 01:00:00.000,1,1,NULL,2,2,NULL")
    read = parsed(written(tmp_path, "X2020.csv", HEADER + "\n".join(lines) + "\n\n"), a_fleet("lro", SENSORS))
    spans = read.labels.select("sensor", "note", pl.col("end") - pl.col("start")).rows()
    quarter = timedelta(minutes=15)
    assert spans == [("temp", "10", 2 * quarter), ("temp", "2", quarter), ("do", "4", quarter)]
    assert set(read.labels.get_column("failure_type")) == {"technician"}


@pytest.mark.parametrize("moment", ["2019-01-01 00:15", "2019-01-01 00:15:00.000"])
def test_both_ways_to_write_time_are_read(tmp_path: Path, moment: str) -> None:
    read = parsed(written(tmp_path, "X2019.csv", HEADER + f"{moment},1,1,NULL,2,2,NULL\n"), a_fleet("lro", SENSORS))
    assert rows(read, "time") == [(datetime(2019, 1, 1, 0, 15, tzinfo=UTC),)]


def test_null_sentinel_empty_last_row_and_missing_sensors_are_silent(tmp_path: Path) -> None:
    text = "datetime,temp,do\n2017-01-01 00:00,-9999,NULL\n\n"
    read = parsed(
        written(tmp_path, "X2017.csv.gz", text, packed=True), a_fleet("lro", SENSORS, sentinels=[-9999]), "X2017.csv.gz"
    )
    assert rows(read, *SENSORS) == [(None, None, None)]
    assert read.rejects.is_empty()
    assert read.labels.is_empty()


def test_a_file_with_none_of_the_sensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="lacks the configured columns"):
        parsed(written(tmp_path, "X.csv", "datetime,x\n2017-01-01 00:00,1\n"), a_fleet("lro", SENSORS))


@pytest.mark.real_data
def test_every_station_file_is_read_and_calibration_dates_are_left_out(
    real: Callable[[str], Path], tmp_path: Path
) -> None:
    source = Source(lro_fleet(), real("lro"), tmp_path)
    assert source.refresh().problems == {}
    readings = source.readings(*ALWAYS)
    assert set(readings.get_column("unit_id")) == {"FranklinBasin", "MainStreet", "Mendon"}
    assert not [file for file in source.files if "calib" in file.path]
    sensors = list(lro_fleet().sensors)
    assert not readings.select(pl.any_horizontal(pl.col(sensors) == -9999).any()).item()
    lines = {file.path: file.rows for file in source.files}
    assert lines["FranklinBasin2014.csv.gz"] == 18_668
    assert lines["FranklinBasin2017_2019.csv.gz"] == 103_605
    assert source.rejects(*EVERY_DAY).is_empty()


@pytest.mark.real_data
def test_files_without_marks_carry_no_labels_and_one_lies_inside_another(
    real: Callable[[str], Path], tmp_path: Path
) -> None:
    source = Source(lro_fleet(), real("lro"), tmp_path)
    source.refresh()
    assert source.labels(date(2017, 1, 1), date(2018, 12, 31)).is_empty()
    first = source.readings(datetime(2017, 5, 1, tzinfo=UTC), datetime(2017, 5, 2, tzinfo=UTC)).filter(
        unit_id="FranklinBasin"
    )
    assert set(first.get_column("source_file")) == {"FB2017.csv.gz", "FranklinBasin2017_2019.csv.gz"}


@pytest.mark.real_data
def test_marked_rows_and_label_intervals_agree(real: Callable[[str], Path]) -> None:
    path = real("lro") / "FranklinBasin2014.csv.gz"
    read = parsed(path, lro_fleet())
    labels = read.labels.filter(sensor="ph")
    assert set(labels.get_column("note")) == {"10", "2", "8"}
    covered = (labels.get_column("end") - labels.get_column("start")).sum() / timedelta(minutes=15)
    assert covered == pytest.approx(1774 + 1431 + 233, rel=0.01)


@pytest.mark.real_data
def test_zeros_at_the_start_of_a_deployment_are_readings(real: Callable[[str], Path]) -> None:
    read = parsed(real("lro") / "FranklinBasin2014.csv.gz", lro_fleet())
    assert read.readings.get_column("turb")[0] == 0.0
