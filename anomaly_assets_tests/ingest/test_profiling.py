"""Files that nobody described are read from a guess, and the guess says so."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Profile, Source, check_source, profile_folder
from anomaly_assets.ingest.profiling.naming import identifiers
from anomaly_assets.ingest.profiling.readings import snapped

from .building import ALWAYS, written

UNITS = ("pump 1", "pump 2")


def readings(rows: int = 400, units: tuple[str, ...] = UNITS, start: datetime = datetime(2024, 3, 1)) -> pl.DataFrame:
    """Two sensors at 15 minutes."""
    moments = [start + timedelta(minutes=15 * i) for i in range(rows)]
    waves = {"temp": [20 + (i * 7 % 13) / 8 for i in range(rows)], "flow": [5 + (i * 5 % 11) / 16 for i in range(rows)]}
    return pl.concat([pl.DataFrame({"unit": unit, "time": moments} | waves) for unit in units])


def backfilled(profile: Profile, tmp_path: Path) -> pl.DataFrame:
    """Read the folder with exactly what was proposed."""
    document = {
        "fleet": "mine",
        "sampling": profile.to_sampling(),
        "source": profile.to_source(),
        "sensors": profile.to_sensors(),
        "training": {"window": {"first": "2d"}},
        "detectors": {"deviation": {"kind": "deviation"}},
    }
    fleet = FleetConfig.model_validate(document)
    check_source(fleet)
    source = Source(fleet, profile.folder, tmp_path / "store")
    assert source.refresh().problems == {}
    return source.readings(*ALWAYS)


def same(found: pl.DataFrame, expected: pl.DataFrame, names: tuple[str, str] = ("temp", "flow")) -> bool:
    """Whether the same instants and values are there, whatever the units are called."""
    left = found.sort("unit_id", "time").select(pl.col("time").dt.replace_time_zone(None), *names)
    right = expected.sort("unit", "time").select(
        pl.col("time"), pl.col("temp").alias(names[0]), pl.col("flow").alias(names[1])
    )
    return left.equals(right)


def german(frame: pl.DataFrame, form: str) -> str:
    lines = [
        ";".join([moment.strftime(form), str(temp).replace(".", ","), str(flow).replace(".", ",")])
        for moment, temp, flow in frame.select("time", "temp", "flow").iter_rows()
    ]
    return "Datum;Temp. (°C);Durchfluß [l/min]\n" + "\n".join(lines) + "\n"


def test_semicolons_decimal_commas_day_first_and_a_file_per_unit(tmp_path: Path) -> None:
    frame = readings(rows=2000)
    for unit in UNITS:
        part = frame.filter(pl.col("unit") == unit)
        written(tmp_path / "raw", f"{unit}.csv", german(part, "%d.%m.%Y %H:%M").encode("latin-1"))
    profile = profile_folder(tmp_path / "raw")
    assert (profile.delimiter, profile.decimal, profile.day_first, profile.time_ambiguous) == (";", ",", True, False)
    assert profile.encoding == "latin-1"
    assert profile.unit == {"by": "file"}
    assert profile.units == UNITS
    assert profile.to_sampling() == "15m"
    assert [(name, sensor.measures) for name, sensor in profile.sensors.items()] == [
        ("temp", "°C"),
        ("durchflu", "l/min"),
    ]
    assert same(backfilled(profile, tmp_path), frame, ("temp", "durchflu"))
    assert any("day first" in guess for guess in profile.guesses)


def test_a_file_per_day_with_a_unit_column(tmp_path: Path) -> None:
    frame = readings()
    for (day,), part in frame.group_by(pl.col("time").dt.date()):
        text = part.rename({"unit": "Machine ID", "time": "timestamp"}).write_csv(datetime_format="%Y-%m-%d %H:%M")
        written(tmp_path / "raw", f"log_{day}.csv", text)
    profile = profile_folder(tmp_path / "raw")
    assert profile.unit == {"by": "column", "column": "Machine ID"}
    assert (profile.first_day, profile.last_day) == (date(2024, 3, 1), date(2024, 3, 5))
    assert same(backfilled(profile, tmp_path), frame)


def test_a_file_per_day_of_one_unit_and_of_several(tmp_path: Path) -> None:
    frame = readings()
    for (unit, day), part in frame.group_by("unit", pl.col("time").dt.date()):
        text = part.select("time", "temp", "flow").write_csv()
        written(tmp_path / "several", f"{unit}_{day}.csv", text)
        if unit == "pump 1":
            written(tmp_path / "one", f"log_{day}.csv", text)
    several, one = profile_folder(tmp_path / "several"), profile_folder(tmp_path / "one")
    assert several.units == UNITS
    assert same(backfilled(several, tmp_path), frame)
    assert one.unit["by"] == "constant"
    assert len(one.units) == 1


def test_day_files_with_dates_that_only_their_order_tells_apart(tmp_path: Path) -> None:
    for day in range(1, 10):
        part = readings(96, units=("u",), start=datetime(2024, 4, day))
        written(tmp_path / "raw", f"day{day}.csv", german(part, "%d/%m/%Y %H:%M"))
    profile = profile_folder(tmp_path / "raw")
    assert (profile.day_first, profile.time_ambiguous) == (True, False)
    assert (profile.first_day, profile.last_day) == (date(2024, 4, 1), date(2024, 4, 9))


def test_an_undecidable_date_is_called_ambiguous(tmp_path: Path) -> None:
    written(tmp_path / "raw", "p.csv", german(readings(90, units=("u",), start=datetime(2024, 4, 3)), "%d/%m/%Y %H:%M"))
    profile = profile_folder(tmp_path / "raw")
    assert profile.time_ambiguous
    assert any("ambiguous" in guess for guess in profile.guesses)


def test_a_long_layout_with_epoch_milliseconds(tmp_path: Path) -> None:
    frame = readings()
    long = frame.unpivot(index=["unit", "time"], variable_name="tag", value_name="val")
    written(
        tmp_path / "raw",
        "x.csv",
        long.rename({"unit": "asset"}).with_columns(pl.col("time").dt.epoch("ms")).write_csv(),
    )
    profile = profile_folder(tmp_path / "raw")
    assert (profile.layout, profile.sensor_column, profile.value_column) == ("long", "tag", "val")
    assert profile.time_format == "epoch_ms"
    assert profile.zone_stated
    assert same(backfilled(profile, tmp_path), frame)


def test_split_date_and_time_labels_and_an_index(tmp_path: Path) -> None:
    frame = readings()
    moments = [
        pl.col("time").dt.strftime("%d/%m/%Y").alias("Date"),
        pl.col("time").dt.strftime("%H:%M:%S").alias("Time"),
    ]
    text = frame.select(
        pl.int_range(pl.len()).alias("nr"), *moments, "unit", "temp", "flow", is_anomaly=pl.lit(0)
    ).write_csv()
    written(tmp_path / "raw", "x.csv", text)
    profile = profile_folder(tmp_path / "raw")
    assert profile.time_columns == ("Date", "Time")
    assert profile.label_columns == ("is_anomaly",)
    assert set(profile.sensors) == {"temp", "flow"}
    assert same(backfilled(profile, tmp_path), frame)


def test_parquet_with_stated_zone(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    frame = readings()
    frame.with_columns(pl.col("time").dt.replace_time_zone("UTC")).write_parquet(tmp_path / "raw" / "x.parquet")
    profile = profile_folder(tmp_path / "raw")
    assert profile.zone_stated
    assert profile.unit == {"by": "column", "column": "unit"}
    assert same(backfilled(profile, tmp_path), frame)


def test_sentinels_null_texts_constants_gaps_and_strangers_are_told(tmp_path: Path) -> None:
    frame = readings(units=("u",)).with_columns(still=pl.lit(7.0))
    frame = frame.with_row_index().filter(~pl.col("index").is_between(100, 150)).drop("index", "unit")
    text = frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 50 == 3).then(-9999.0).otherwise("temp").alias("temp"),
        pl.when(pl.int_range(pl.len()) % 60 == 3)
        .then(pl.lit("#N/A"))
        .otherwise(pl.col("flow").cast(pl.String))
        .alias("flow"),
    ).write_csv()
    written(tmp_path / "raw", "x.csv", text)
    written(tmp_path / "raw", "notes.csv", "who,what\nme,hello\n")
    profile = profile_folder(tmp_path / "raw")
    assert profile.sentinels == (-9999.0,)
    assert profile.null_texts == ("#N/A",)
    assert profile.constant == ("still",)
    assert profile.to_sensors()["still"]["role"] == "setting"
    assert (profile.gaps, profile.longest_gap) == (1, timedelta(minutes=15 * 52))
    assert profile.others == ("notes.csv",)
    assert profile.rejects == 0
    low, high = profile.sensors["temp"].low, profile.sensors["temp"].high
    assert low is not None and high is not None and 19 < low < high < 23
    found = backfilled(profile, tmp_path)
    assert found.get_column("temp").min() == pytest.approx(20.0)


def test_a_preamble_and_no_header_are_seen(tmp_path: Path) -> None:
    frame = readings(units=("u",)).drop("unit")
    written(tmp_path / "a", "x.csv", "Logger 7\nserial 12\n" + frame.write_csv())
    written(tmp_path / "b", "x.csv", frame.write_csv(include_header=False))
    assert profile_folder(tmp_path / "a").skip_rows == 2
    bare = profile_folder(tmp_path / "b")
    assert not bare.header
    assert [sensor.column for sensor in bare.sensors.values()] == ["column_2", "column_3"]
    assert backfilled(bare, tmp_path).height == 400


def test_one_file_can_be_pointed_at(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", readings().write_csv())
    written(tmp_path, "y.csv", readings().write_csv())
    assert profile_folder(path).to_source()["include"] == ["x.csv"]


@pytest.mark.parametrize(
    ("text", "word"), [("who,what\nme,hello\n", "time"), ("time,who\n2024-03-01,me\n2024-03-02,you\n", "sensor")]
)
def test_files_that_hold_no_recording_are_refused(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(IngestError, match=f"looks like .*{word}"):
        profile_folder(written(tmp_path, "x.csv", text).parent)


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no CSV or Parquet"):
        profile_folder(written(tmp_path, "x.png", "x").parent)


def test_names_become_identifiers_of_their_own() -> None:
    assert identifiers(["Temp (°C)", "temp", "2nd Stage", "time", "Ölstand"]) == {
        "Temp (°C)": "temp",
        "temp": "temp_1",
        "2nd Stage": "sensor_2nd_stage",
        "time": "time_1",
        "Ölstand": "olstand",
    }


def test_steps_snap_to_what_divides_a_day() -> None:
    assert snapped(899) == timedelta(minutes=15)
    assert snapped(3599.9) == timedelta(hours=1)
    assert snapped(0.0101) == timedelta(milliseconds=10)
    assert snapped(86_399) == timedelta(days=1)
    assert snapped(7 * 86_400) == timedelta(days=7)


def test_files_with_more_or_fewer_other_columns_belong_when_the_needed_ones_are_there(tmp_path: Path) -> None:
    frame = readings(units=("u",)).drop("unit")
    written(tmp_path / "raw", "a.csv", frame.with_columns(fault=pl.lit(0)).write_csv())
    written(tmp_path / "raw", "b.csv", frame.write_csv())
    assert profile_folder(tmp_path / "raw").files == ("a.csv", "b.csv")


def test_a_text_column_of_a_single_series_is_no_unit(tmp_path: Path) -> None:
    frame = readings(units=("u",)).drop("unit").with_columns(remark=pl.Series(["ok", "look"] * 200))
    written(tmp_path / "raw", "a.csv", frame.write_csv())
    assert profile_folder(tmp_path / "raw").unit["by"] == "constant"


def test_days_that_were_not_looked_at_are_no_gaps(tmp_path: Path) -> None:
    for i in range(80):
        moment = datetime(2024, 1, 1) + timedelta(days=i)
        written(tmp_path / "raw", f"log_{moment:%Y-%m-%d}.csv", readings(96, start=moment).write_csv())
    assert profile_folder(tmp_path / "raw").gaps == 0


@pytest.mark.real_data
@pytest.mark.parametrize(("folder", "files", "step"), [("skab", 18, "1s"), ("nab", 33, "5m"), ("gecco2017", 1, "1m")])
def test_published_recordings_are_guessed(real: Callable[[str], Path], folder: str, files: int, step: str) -> None:
    profile = profile_folder(real(folder))
    assert (len(profile.files), profile.to_sampling()) == (files, step)
