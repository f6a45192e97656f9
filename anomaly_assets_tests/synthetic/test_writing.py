"""Claims about the raw files of synthetic fleets; that ingest reads them back is claimed in test_round_trip.py."""

import gzip
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic import simulate, write_raw

from .fleets import FIRST_DAY, NAMES, small


def written(name: str, folder: Path, days: int | None = None) -> dict[str, bytes]:
    fleet = small(name)
    simulated = simulate(fleet, FIRST_DAY, days or fleet.simulation.days, 11)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in write_raw(simulated, fleet, folder)}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_files_byte_for_byte(name, tmp_path):
    assert written(name, tmp_path / "one") == written(name, tmp_path / "two")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("name", ["aquaculture", "pump_loop"])
def test_one_more_day_is_one_more_file_and_the_others_stay(name, tmp_path):
    days = small(name).simulation.days
    short, long = written(name, tmp_path / "short"), written(name, tmp_path / "long", days + 1)
    fresh = set(long) - set(short)
    assert len(fresh) == 1
    assert str(FIRST_DAY + timedelta(days=days)) in fresh.pop()
    assert {n for n in short if short[n] != long[n]} <= {"labels.csv", "metadata.csv"}


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_lies_beside_the_readings(name, tmp_path):
    written(name, tmp_path)
    labels, units = (pl.read_csv(tmp_path / f"{file}.csv") for file in ("labels", "metadata"))
    head = ["system_id", "label", "failure_type", "lead_time_days", "source", "label_version", "sensor", "start", "end"]
    assert labels.columns == head
    assert units.columns[:4] == ["system_id", "source", "operational_mode", "season"]
    assert set(labels["system_id"]) == set(units["system_id"])
    assert labels.filter(pl.col("label") == "normal")["start"].is_null().all()
    assert labels.filter(pl.col("label") == "anomaly")["end"].is_not_null().all()


def test_a_table_says_missing_with_its_sentinel(tmp_path):
    files = written("aquaculture", tmp_path)
    first = files["2024-01-01.csv"].decode().splitlines()
    assert first[0] == "time,sensor_id,oxygen"
    assert first[1].startswith("2024-01-01T00:00:00Z,unit_01,")
    assert any(line.endswith(",-9999") for text in files.values() for line in text.decode().splitlines())


def test_river_files_have_the_observatory_layout(tmp_path):
    files = written("river", tmp_path)
    station = gzip.decompress(files["MainStreet2024.csv.gz"]).decode()
    frame = pl.read_csv(station.encode(), null_values="NULL", infer_schema_length=None)
    sensors = ("temp", "cond", "ph", "do", "turb", "stage")
    assert frame.columns == ["datetime", *[f"{s}{part}" for s in sensors for part in ("", "_cor", "_qual")]]
    for sensor in sensors:
        untouched = frame.filter(pl.col(f"{sensor}_qual").is_null())
        assert (untouched[sensor] == untouched[f"{sensor}_cor"]).all()
    texts = [gzip.decompress(content).decode() for name, content in files.items() if name.endswith(".csv.gz")]
    later = [pl.read_csv(text.encode(), null_values="NULL", infer_schema_length=None) for text in texts]
    assert sum(part[f"{s}_qual"].is_not_null().sum() for part in later for s in sensors) > 50
    assert any(",-9999," in text for text in texts)


def test_engine_files_have_the_nasa_layout(tmp_path):
    files = written("turbofan", tmp_path)
    lines = files["train_FD901.txt"].decode().splitlines()
    assert all(len(line.split()) == 26 and line.endswith("  ") for line in lines)
    engines = [int(line.split()[0]) for line in files["test_FD901.txt"].decode().splitlines()]
    lives = files["RUL_FD901.txt"].decode().split()
    assert len(lives) == len(set(engines)) == 4
    assert all(int(life) > 0 for life in lives)
    assert lines[0].split()[5] == "518.67"


def test_recordings_have_the_skab_layout(tmp_path):
    files = written("pump_loop", tmp_path)
    frame = pl.read_csv(files["rig_1_2024-01-01.csv"], separator=";")
    assert frame.columns[0] == "datetime"
    assert frame.columns[-2:] == ["anomaly", "changepoint"]
    assert frame.height == 1_200
    assert set(frame["anomaly"]) <= {0.0, 1.0}
    steps = frame["anomaly"].diff().fill_null(0).abs()
    assert (frame["changepoint"] == steps).all()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SimulationError, match="taken"):
        written("turbofan", tmp_path / "taken")
