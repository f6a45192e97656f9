"""Tennessee Eastman files: one lies on its side, faults begin late in tests and at once in training."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.tep import COLUMNS, takes

from .building import ALWAYS, EVERY_DAY, a_fleet, parsed, rows, rules, written

SENSORS = {"feed": {"column": "xmeas_1"}, "cooling": {"column": "xmv_11"}}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=3)


def lines(samples: int) -> list[list[str]]:
    return [[f"{sample}.{variable:02d}" for variable in range(1, 53)] for sample in range(samples)]


def text(cells: list[list[str]]) -> str:
    return "".join("  " + "  ".join(row) + "\n" for row in cells)


def test_a_row_is_three_minutes_and_52_variables(tmp_path: Path) -> None:
    read = parsed(written(tmp_path, "d00_te.dat", text(lines(3))), a_fleet("tep", SENSORS))
    assert rows(read, "unit_id", "time", "feed", "cooling", "source_row") == [
        ("d00_te", EPOCH + k * STEP, k + 0.01, k + 0.52, k + 1) for k in range(3)
    ]


def test_a_file_on_its_side_says_the_same(tmp_path: Path) -> None:
    turned = [list(column) for column in zip(*lines(5), strict=True)]
    aside = parsed(written(tmp_path, "a/d00.dat.gz", text(turned), packed=True), a_fleet("tep", SENSORS))
    upright = parsed(written(tmp_path, "b/d00.dat", text(lines(5))), a_fleet("tep", SENSORS))
    assert aside.readings.drop("source_file").equals(upright.readings.drop("source_file"))


@pytest.mark.parametrize(
    ("name", "span"), [("d04_te.dat", (2, 6)), ("d04.dat", (0, 6)), ("d00_te.dat", None), ("d00.dat", None)]
)
def test_faults_begin_late_in_tests_and_at_once_in_training(
    tmp_path: Path, name: str, span: tuple[int, int] | None
) -> None:
    fleet = a_fleet("tep", SENSORS, options={"fault_from": 2})
    labels = parsed(written(tmp_path, name, text(lines(6))), fleet).labels
    expected = [] if span is None else [(EPOCH + span[0] * STEP, EPOCH + span[1] * STEP, "fault_04")]
    assert labels.select("start", "end", "failure_type").rows() == expected


def test_a_test_file_shorter_than_the_normal_part_has_no_labels(tmp_path: Path) -> None:
    assert parsed(written(tmp_path, "d04_te.dat", text(lines(6))), a_fleet("tep", SENSORS)).labels.is_empty()


def test_lines_of_another_width_and_cells_that_are_no_numbers_are_rejects(tmp_path: Path) -> None:
    cells = lines(4)
    cells[1], cells[2][0] = cells[1][:7], "boom"
    read = parsed(written(tmp_path, "d01.dat", text(cells)), a_fleet("tep", SENSORS))
    assert rows(read, "time", "feed") == [(EPOCH, 0.01), (EPOCH + 2 * STEP, None), (EPOCH + 3 * STEP, 3.01)]
    assert [(rule, sensor, row) for rule, sensor, _, row in rules(read.rejects)] == [
        ("not_52_numbers", None, 2),
        ("not_a_number", "feed", 3),
    ]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08\x00cut", "cut short"),
        (b"1 2 3\n4 5 6\n", "no recording of the Tennessee Eastman process"),
        (text([row[:50] for row in lines(52)][:51]).encode(), "51 lines of 50 to 50 cells"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, raw: bytes, word: str) -> None:
    with pytest.raises(IngestError, match=word):
        parsed(written(tmp_path, "d00.dat", raw), a_fleet("tep", SENSORS))


def test_a_variable_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="'xmv_12' may be 'xmv_"):
        parsed(written(tmp_path, "d00_te.dat", text(lines(2))), a_fleet("tep", ("xmv_12",)))


def test_names_tell_the_recordings() -> None:
    fleet = a_fleet("tep")
    assert all(takes(name, fleet) for name in ("d00.dat", "x/d21_te.dat.gz"))
    assert not any(takes(name, fleet) for name in ("d1.dat", "d01_te.csv", "readme.dat"))


@pytest.mark.real_data
def test_the_published_files_are_whole(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = Source(a_fleet("tep", COLUMNS), real("tep"), tmp_path)
    assert source.refresh().problems == {}
    readings, labels = source.readings(*ALWAYS), source.labels(*EVERY_DAY)
    lengths = dict(readings.group_by("unit_id").len().rows())
    assert lengths == {
        f"d{fault:02d}{part}": (960 if part else 500 if fault == 0 else 480)
        for fault in range(11)
        for part in ("", "_te")
    }
    assert readings.null_count().sum_horizontal().item() == 0
    assert source.rejects(*EVERY_DAY).is_empty()
    begins = labels.group_by("unit_id").agg(pl.col("start").min(), pl.col("end").max(), pl.col("failure_type").first())
    assert begins.filter(unit_id="d07_te").row(0)[1:] == (EPOCH + 160 * STEP, EPOCH + 960 * STEP, "fault_07")
    assert begins.height == 20


@pytest.mark.real_data
def test_the_file_on_its_side_was_turned(real: Callable[[str], Path]) -> None:
    """The reactor's temperature (xmeas_9) is held at 120.4 degrees: a wrongly turned file has no such column."""
    fleet = a_fleet("tep", ("xmeas_9",))
    for name in ("d00.dat.gz", "d00_te.dat.gz"):
        assert parsed(real("tep") / name, fleet).readings.get_column("xmeas_9").is_between(120, 121).all()
