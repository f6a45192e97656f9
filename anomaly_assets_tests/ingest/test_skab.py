"""SKAB files: a unit per file, rows marked anomalous become intervals, files without marks have none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.ingest import Source

from .building import ALWAYS, EVERY_DAY, a_fleet, parsed, rows, written

SENSORS = {"current": {"column": "Current"}, "flow": {"column": "Volume Flow RateRMS"}}
HEADER = "datetime;Current;Volume Flow RateRMS;anomaly;changepoint\n"


def second(i: int, anomaly: str) -> str:
    return f"2020-03-09 23:59:{50 + i};{i};32.5;{anomaly};0.0\n"


def test_marked_rows_become_intervals_with_the_end_left_out(tmp_path: Path) -> None:
    text = HEADER + "".join(second(i, mark) for i, mark in enumerate(["0.0", "1.0", "1.0", "0.0", "", "1.0"]))
    read = parsed(written(tmp_path, "valve1/0.csv", text), a_fleet("skab", SENSORS), "valve1/0.csv")
    assert set(rows(read, "unit_id")) == {("valve1_0",)}
    first = datetime(2020, 3, 9, 23, 59, 50, tzinfo=UTC)
    spans = [(start - first, end - first) for start, end in read.labels.select("start", "end").rows()]
    assert spans == [(timedelta(seconds=1), timedelta(seconds=3)), (timedelta(seconds=5), timedelta(seconds=6))]


def test_an_interval_over_midnight_is_cut(tmp_path: Path) -> None:
    text = HEADER + second(9, "1.0") + "2020-03-10 00:00:00;1;2;1.0;0.0\n2020-03-10 00:00:01;1;2;0.0;0.0\n"
    labels = parsed(written(tmp_path, "0.csv", text), a_fleet("skab", SENSORS)).labels
    assert labels.get_column("end")[0] == labels.get_column("start")[1] == datetime(2020, 3, 10, tzinfo=UTC)


def test_without_marks_there_are_no_labels(tmp_path: Path) -> None:
    text = "datetime;Current;Volume Flow RateRMS\n2020-03-09 10:00:00;1;2\n"
    assert parsed(written(tmp_path, "anomaly-free.csv", text), a_fleet("skab", SENSORS)).labels.is_empty()


@pytest.mark.real_data
def test_every_published_file_is_read_gaps_and_all(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("skab", SENSORS), real("skab"), tmp_path)
    assert source.refresh().problems == {}
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    assert len(source.files) == readings.get_column("unit_id").n_unique() == 18
    assert readings.filter(unit_id="anomaly-free_anomaly-free").height == 9405
    assert "anomaly-free_anomaly-free" not in labels.get_column("unit_id")
    gaps = readings.sort("unit_id", "time").group_by("unit_id").agg(pl.col("time").diff().max())
    long = gaps.filter(pl.col("time") > timedelta(seconds=30)).sort("unit_id").rows()
    seconds = {"other_13": 33, "valve1_2": 76, "valve1_4": 54}
    assert dict(long) == {unit: timedelta(seconds=length) for unit, length in seconds.items()}
    assert source.rejects(*EVERY_DAY).is_empty()


@pytest.mark.real_data
def test_the_intervals_cover_the_marked_rows_and_no_others(real: Callable[[str], Path]) -> None:
    path = real("skab") / "valve1" / "0.csv"
    read = parsed(path, a_fleet("skab", SENSORS))
    marked = pl.read_csv(path, separator=";").get_column("anomaly") == 1
    inside = read.readings.select(
        pl.any_horizontal(
            pl.col("time").is_between(start, end, closed="left")
            for start, end in read.labels.select("start", "end").rows()
        )
    ).to_series()
    assert 0.3 < marked.mean() < 0.4  # type: ignore[operator]
    assert inside.to_list() == marked.to_list()
