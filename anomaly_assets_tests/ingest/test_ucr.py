"""UCR series: the name places the anomaly and ends the training part; values stand in lines or in one line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.ucr import takes, train_end

from .building import ALWAYS, EVERY_DAY, a_fleet, parsed, rows, rules, written

NAME = "007_UCR_Anomaly_wave_4_6_7.txt"
TABLE = "007_UCR_Anomaly_wave.test.csv"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def spans(labels: pl.DataFrame) -> list[tuple[int, int]]:
    return [((start - EPOCH) // MINUTE, (end - EPOCH) // MINUTE) for start, end in labels.select("start", "end").rows()]


@pytest.mark.parametrize("text", ["".join(f"{k}.5\n" for k in range(9)), "  " + " ".join(f"{k}.5" for k in range(9))])
def test_values_in_lines_and_in_one_line_say_the_same(tmp_path: Path, text: str) -> None:
    read = parsed(written(tmp_path, NAME, text), a_fleet("ucr", ("value",)))
    assert rows(read, "unit_id", "time", "value", "source_row") == [
        ("007_wave", EPOCH + k * MINUTE, k + 0.5, k + 1) for k in range(9)
    ]


def test_positions_of_a_name_count_from_one_and_both_ends_belong(tmp_path: Path) -> None:
    fleet = a_fleet("ucr", ("value",))
    assert spans(parsed(written(tmp_path, NAME, "1\n" * 9), fleet).labels) == [(5, 7)]
    assert spans(parsed(written(tmp_path, "1_UCR_Anomaly_x_4_9_9.txt", "1\n" * 9), fleet).labels) == [(8, 9)]


def test_the_other_form_is_read_by_its_index_and_marks(tmp_path: Path) -> None:
    lines = [f"{k},{k}.5,{int(k in (5, 6))}" for k in (0, 1, 2, 4, 5, 6, 7)]
    text = "timestamp,value,is_anomaly\n" + "\n".join(lines) + "\n"
    read = parsed(written(tmp_path, TABLE + ".gz", text, packed=True), a_fleet("ucr", ("value",)))
    assert rows(read, "unit_id")[0] == ("007_wave_test",)
    assert rows(read, "time", "value")[3] == (EPOCH + 4 * MINUTE, 4.5)  # row 3 is missing, and nobody takes its place
    assert spans(read.labels) == [(5, 7)]


def test_the_train_end_is_told_by_the_name_alone() -> None:
    assert train_end("x/" + NAME) == 4
    assert train_end("119_UCR_Anomaly_ECG1_10000_11800_12100.txt.gz") == 10_000
    assert train_end("203_UCR_Anomaly_CHARISfive_11812_10995_11028.txt") == 10_994  # published so
    assert train_end(TABLE) is None
    assert train_end("wave.txt") is None


def test_names_tell_the_series() -> None:
    fleet = a_fleet("ucr")
    assert all(takes(name, fleet) for name in (NAME, NAME + ".gz", "a/" + TABLE))
    assert not any(takes(name, fleet) for name in ("readme.txt", "007_UCR_Anomaly_wave.txt", "wave.csv"))


def test_cells_that_are_no_numbers_are_rejects(tmp_path: Path) -> None:
    read = parsed(written(tmp_path, NAME, "1\n2\nboom\nNaN\n" + "5\n" * 5), a_fleet("ucr", ("value",)))
    assert read.readings.get_column("value").null_count() == 2
    assert rules(read.rejects) == [("not_a_number", "value", "boom", 3)]
    table = "timestamp,value,is_anomaly\n0,1,0\nx,2,0\n2,3,0\n"
    other = parsed(written(tmp_path, TABLE, table), a_fleet("ucr", ("value",)))
    assert rows(other, "value") == [(1.0,), (3.0,)]
    assert [(rule, row) for rule, _, _, row in rules(other.rejects)] == [("bad_time", 3)]


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        (NAME, b"1\n2\n3\n", "values 6 to 7 of 3"),
        ("7_UCR_Anomaly_w_1_3_2.txt", b"1\n2\n3\n", "values 3 to 2 of 3"),
        (NAME, b" \n", "empty"),
        (NAME + ".gz", b"\x1f\x8b\x08\x00cut", "cut short"),
        (TABLE, b"timestamp,value\n0,1\n", "'is_anomaly'"),
        ("wave.txt", b"1\n", "no series of the archive"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, raw: bytes, word: str) -> None:
    with pytest.raises(IngestError, match=word):
        parsed(written(tmp_path, name, raw), a_fleet("ucr", ("value",)))


@pytest.mark.real_data
def test_every_published_series_is_read_with_one_anomaly(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("ucr", ("value",)), real("ucr_full"), tmp_path)
    assert source.refresh().problems == {}
    there = len([path for path in real("ucr_full").iterdir() if "UCR_Anomaly" in path.name])
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    assert readings.get_column("unit_id").n_unique() == labels.get_column("unit_id").n_unique() == there
    assert source.rejects(*EVERY_DAY).is_empty()
    ends = {file.path: train_end(file.path) for file in source.files}
    assert all((end is None) == ("test.csv" in name) for name, end in ends.items())
    starts = dict(labels.group_by("unit_id").agg(pl.col("start").min()).rows())
    for name, end in ends.items():
        unit = re.sub(r"_UCR_Anomaly|_\d+_\d+_\d+\.txt\.gz", "", name)
        assert end is None or starts[unit] >= EPOCH + end * MINUTE


@pytest.mark.real_data
def test_series_made_from_one_differ_in_their_anomalies_alone(real: Callable[[str], Path]) -> None:
    """The check of how positions are counted: one row more or less on either side would leave a difference over."""
    fleet = a_fleet("ucr", ("value",))
    names = (
        "113_UCR_Anomaly_CIMIS44AirTemperature1_4000_5391_5392",
        "115_UCR_Anomaly_CIMIS44AirTemperature3_4000_6520_6544",
    )
    one, other = (parsed(real("ucr_full") / f"{name}.txt.gz", fleet) for name in names)
    differ = (one.readings.get_column("value") != other.readings.get_column("value")).arg_true().to_list()
    told = [range(*span) for read in (one, other) for span in spans(read.labels)]
    assert set(differ) <= {row for rows in told for row in rows}
    assert all(rows[0] in differ for rows in told)
    assert told[1][-1] in differ
