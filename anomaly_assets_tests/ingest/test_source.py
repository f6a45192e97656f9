"""A source knows which days its files touch, parses nothing twice, and loses nothing to a broken file."""

import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.contracts import labels, quarantine, raw_readings
from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.files import matching

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, daily, written

ONE = {"by": "constant", "constant": "u"}


@pytest.fixture
def three_days(tmp_path: Path) -> Source:
    for day in (1, 2, 3):
        written(tmp_path / "raw", f"log_2024-03-0{day}.csv", daily(day))
    source = a_source(tmp_path, a_fleet(unit=ONE))
    source.refresh()
    return source


def days(*numbers: int) -> tuple[date, ...]:
    return tuple(date(2024, 3, number) for number in numbers)


def test_everything_is_there_after_a_refresh(three_days: Source) -> None:
    assert three_days.days() == dict.fromkeys(days(1, 2, 3), 3)
    assert (three_days.first_day, three_days.last_day) == (date(2024, 3, 1), date(2024, 3, 3))
    readings = three_days.readings(*ALWAYS)
    assert raw_readings(three_days.fleet).validate(readings).height == 9
    assert quarantine(three_days.fleet).validate(three_days.rejects(*EVERY_DAY)).is_empty()
    assert labels(three_days.fleet).validate(three_days.labels(*EVERY_DAY)).is_empty()


def test_readings_are_those_of_the_half_open_range(three_days: Source) -> None:
    start, end = datetime(2024, 3, 1, 1, tzinfo=UTC), datetime(2024, 3, 2, 1, tzinfo=UTC)
    found = three_days.readings(start, end).get_column("time").to_list()
    assert found == [start, start + timedelta(hours=1), datetime(2024, 3, 2, tzinfo=UTC)]


def test_a_second_look_finds_nothing_and_writes_nothing(three_days: Source) -> None:
    before = sorted(path.name for path in (three_days.store / "small").iterdir())
    changes = three_days.refresh()
    assert (changes.days, changes.added, changes.changed, changes.removed) == ((), (), (), ())
    assert before == sorted(path.name for path in (three_days.store / "small").iterdir())


def test_a_late_file_touches_just_its_days(three_days: Source) -> None:
    written(three_days.folder, "late.csv", daily(2, 9.0))
    changes = three_days.refresh()
    assert (changes.days, changes.added) == (days(2), ("late.csv",))
    assert three_days.days()[date(2024, 3, 2)] == 6


def test_an_appended_file_touches_only_the_appended_day(three_days: Source) -> None:
    written(three_days.folder, "log_2024-03-03.csv", daily(3) + daily(4).split("\n", 1)[1])
    changes = three_days.refresh()
    assert (changes.days, changes.changed) == (days(4), ("log_2024-03-03.csv",))


def test_a_changed_value_changes_the_version_of_its_day_only(three_days: Source) -> None:
    before = three_days.day_versions()
    written(three_days.folder, "log_2024-03-02.csv", daily(2, 7.0))
    assert three_days.refresh().days == days(2)
    after = three_days.day_versions()
    assert {day for day in after if after[day] != before[day]} == set(days(2))


def test_reordered_rows_of_one_instant_are_a_change(tmp_path: Path) -> None:
    first, second = "2024-03-01 00:00:00,1,1\n", "2024-03-01 00:00:00,2,2\n"
    source = a_source(tmp_path)
    written(source.folder, "p.csv", "time,a,b\n" + first + second)
    source.refresh()
    written(source.folder, "p.csv", "time,a,b\n" + second + first)
    assert source.refresh().days == days(1)


def test_a_touched_file_with_the_same_content_is_no_change(three_days: Source) -> None:
    os.utime(three_days.folder / "log_2024-03-02.csv", (1, 1))
    changes = three_days.refresh()
    assert (changes.days, changes.changed) == ((), ())


def test_a_vanished_file_is_forgotten_with_its_days(three_days: Source) -> None:
    (three_days.folder / "log_2024-03-02.csv").unlink()
    changes = three_days.refresh()
    assert (changes.days, changes.removed) == (days(2), ("log_2024-03-02.csv",))
    assert set(three_days.days()) == set(days(1, 3))


def test_a_vanished_folder_is_an_error_and_forgets_nothing(three_days: Source) -> None:
    three_days.folder.rename(three_days.folder.with_name("away"))
    with pytest.raises(IngestError, match="isn't there"):
        three_days.refresh()
    again = Source(three_days.fleet, three_days.folder, three_days.store)
    assert again.readings(*ALWAYS).height == 9


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("x_2024-03-05.csv", b"", "empty"),
        ("x_2024-03-05.csv.gz", gzip.compress(daily(5, rows=9).encode(), mtime=0)[:-12], "cut short"),
        ("x_2024-03-05.csv", b"time,a\n2024-03-05 00:00,1\n", "'b'"),
        ("x_2024-03-05.parquet", b"nothing", "no Parquet"),
    ],
    ids=["empty", "truncated gzip", "missing sensor", "no parquet"],
)
def test_an_unreadable_file_is_a_problem_and_the_others_stay(
    three_days: Source, name: str, raw: bytes, word: str
) -> None:
    written(three_days.folder, name, raw)
    changes = three_days.refresh()
    assert word in changes.problems[name]
    assert three_days.readings(*ALWAYS).height == 9
    reject = three_days.rejects(*EVERY_DAY).row(0, named=True)
    assert (reject["rule"], reject["day"], reject["source_file"]) == ("unreadable_file", date(2024, 3, 5), name)
    assert word in reject["found"]
    assert three_days.refresh().problems == changes.problems


def test_a_good_file_that_breaks_keeps_what_was_staged(three_days: Source) -> None:
    written(three_days.folder, "log_2024-03-02.csv", b"")
    changes = three_days.refresh()
    assert "log_2024-03-02.csv" in changes.problems
    assert three_days.days()[date(2024, 3, 2)] == 3
    three_days.refresh()
    assert three_days.readings(*ALWAYS).height == 9
    written(three_days.folder, "log_2024-03-02.csv", daily(2))
    assert three_days.refresh().problems == {}
    assert three_days.rejects(*EVERY_DAY).is_empty()


def test_a_configuration_that_reads_otherwise_parses_again(three_days: Source) -> None:
    fleet = a_fleet(unit=ONE, time_zone="Asia/Tokyo")
    changes = Source(fleet, three_days.folder, three_days.store).refresh()
    assert days(1)[0] - timedelta(days=1) in changes.days
    ranged = a_fleet(unit=ONE, time_zone="Asia/Tokyo", sensors={"a": {"range": [0, 1]}, "b": {}})
    assert Source(ranged, three_days.folder, three_days.store).refresh().changed == ()


def test_a_new_sensor_that_no_file_has_stages_nothing_and_says_so(three_days: Source) -> None:
    fleet = a_fleet(unit=ONE, sensors=("a", "b", "c"))
    source = Source(fleet, three_days.folder, three_days.store)
    assert len(source.refresh().problems) == 3
    assert source.readings(*ALWAYS).is_empty()
    assert Source(three_days.fleet, three_days.folder, three_days.store).refresh().problems == {}


def test_the_folder_used_last_is_remembered(three_days: Source, tmp_path: Path) -> None:
    again = Source.remembered(three_days.fleet, three_days.store, tmp_path / "elsewhere")
    assert again.folder == three_days.folder
    assert again.days() == three_days.days()
    assert (
        Source.remembered(three_days.fleet, tmp_path / "new", tmp_path / "elsewhere").folder == tmp_path / "elsewhere"
    )


def test_another_folder_replaces_the_one_before(three_days: Source, tmp_path: Path) -> None:
    written(tmp_path / "other", "log_2024-03-09.csv", daily(9))
    other = Source(three_days.fleet, tmp_path / "other", three_days.store)
    assert other.refresh().days == days(1, 2, 3, 9)
    assert set(other.days()) == set(days(9))


def test_a_damaged_memory_costs_a_second_parsing_only(three_days: Source) -> None:
    (three_days.store / "small.json").write_text("{ broken")
    again = Source(three_days.fleet, three_days.folder, three_days.store)
    assert again.refresh().days == days(1, 2, 3)
    assert again.readings(*ALWAYS).height == 9


def test_somebody_reading_an_old_state_is_not_disturbed(three_days: Source) -> None:
    reading = Source(three_days.fleet, three_days.folder, three_days.store)
    for value in (5.0, 6.0, 7.0):
        written(three_days.folder, "log_2024-03-02.csv", daily(2, value))
        three_days.refresh()
        assert reading.readings(*ALWAYS).height == 9


def test_rejects_lie_on_their_day(three_days: Source) -> None:
    written(three_days.folder, "log_2024-03-02.csv", daily(2) + "2024-03-02 09:00:00,ERR,1\n")
    assert three_days.refresh().days == days(2)
    assert three_days.rejects(date(2024, 3, 2), date(2024, 3, 3)).select("rule", "source_row").rows() == [
        ("not_a_number", 5)
    ]
    assert three_days.rejects(date(2024, 3, 3), date(2024, 3, 9)).is_empty()


def test_the_labels_file_belongs_to_the_source_without_a_glob(tmp_path: Path) -> None:
    source = a_source(tmp_path, a_fleet(include=["log*.csv"], unit=ONE, options={"labels": "labels.csv"}))
    written(source.folder, "log.csv", daily(1))
    written(source.folder, "labels.csv", "system_id,start,end\nu,2024-03-01 01:00,2024-03-01 02:00\n")
    assert source.refresh().problems == {}
    assert source.labels(*days(1, 2)).height == 1
    assert source.days() == {date(2024, 3, 1): 3}


@contextmanager
def full_disk(left: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, which is what a full disk is to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_an_error_and_what_was_staged_stays(three_days: Source) -> None:
    written(three_days.folder, "late.csv", daily(5))
    with full_disk(200), pytest.raises(IngestError, match="free some space"):
        three_days.refresh()
    assert not list(three_days.store.rglob("*.tmp"))
    again = Source(three_days.fleet, three_days.folder, three_days.store)
    assert again.readings(*ALWAYS).height == 9
    assert again.refresh().added == ("late.csv",)


def test_refreshes_at_the_same_time_agree(three_days: Source, tmp_path: Path) -> None:
    for day in range(4, 20):
        written(three_days.folder, f"log_2024-03-{day:02d}.csv", daily(day))
    script = (
        "import sys; from pathlib import Path; from anomaly_assets.ingest import Source;"
        "from anomaly_assets_tests.ingest.building import a_fleet, ALWAYS;"
        "s = Source(a_fleet(unit={'by': 'constant', 'constant': 'u'}), Path(sys.argv[1]), Path(sys.argv[2]));"
        "s.refresh(); print(s.readings(*ALWAYS).height)"
    )
    command = [sys.executable, "-c", script, str(three_days.folder), str(three_days.store)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["57"] * 3
    assert three_days.refresh().days == ()


def test_progress_is_told(three_days: Source) -> None:
    told: list[tuple[str, int, int]] = []
    three_days.refresh(lambda what, done, of: told.append((what, done, of)))
    assert [done for _, done, _ in told] == [0, 1, 2, 3]
    assert {of for _, _, of in told} == {3}


def test_large_recordings_are_kept_in_pieces_sorted_by_time(tmp_path: Path) -> None:
    minutes = pl.datetime_range(datetime(2024, 1, 1), datetime(2024, 6, 1), "1m", eager=True)
    source = a_source(tmp_path)
    frame = pl.DataFrame({"time": minutes, "a": 1.0, "b": range(minutes.len())}).reverse()
    frame.write_parquet(source.folder / "p.parquet")
    source.refresh()
    staged = next((source.store / "small").glob("*.readings.parquet"))
    assert pl.scan_parquet(staged).select(pl.col("time").is_sorted()).collect().item()
    import pyarrow.parquet as pq

    assert pq.ParquetFile(staged).num_row_groups > 1
    assert source.readings(datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC)).height == 1440


def test_globs_choose_files(tmp_path: Path) -> None:
    for name in ("a.csv", "sub/b.csv", "sub/c.txt", ".hidden.csv", "d.csv.part", "labels.csv", "calib_x.csv"):
        written(tmp_path, name, "x")
    assert matching(tmp_path, ["**/*"], ["*calib*"]) == ("a.csv", "sub/b.csv", "sub/c.txt")
    assert matching(tmp_path, ["sub/*.csv", "a.*"]) == ("a.csv", "sub/b.csv")
    assert matching(tmp_path, ["**/*.csv"], ["sub/*", "calib_*"]) == ("a.csv",)


def test_what_was_taken_is_remembered_by_day_and_version(three_days):
    three_days.refresh()
    versions = three_days.day_versions()
    first, second, *_ = sorted(versions)
    three_days.take(first, second, versions)
    assert three_days.taken() == {first: versions[first]}
    three_days.take(min(versions), max(versions), {})
    assert first not in three_days.taken()
