"""Servers without instants: the test part follows the train part, root causes name sensors, damage is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.errors import IngestError
from anomaly_assets.ingest import Source
from anomaly_assets.ingest.smd import companions, takes

from .building import ALWAYS, EVERY_DAY, a_fleet, a_source, parsed, rows, rules, written

SENSORS = {"cpu": {"column": "m00"}, "load": {"column": "m02"}}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LABELS = [0, 0, 1, 1, 0, 1]


def a_machine(folder: Path, causes: str | None = "2-4:1,3\n5-6:2\n", labels: list[int] = LABELS) -> Path:
    """Three rows of train, six of test, three channels; gives the test part."""
    folder.mkdir(parents=True, exist_ok=True)
    channels = {f"m{i:02d}": [10.0 * i + k for k in range(6)] for i in range(3)}
    pl.DataFrame(channels).head(3).write_parquet(folder / "web-1_train.parquet")
    pl.DataFrame(channels | {"label": labels}).write_parquet(folder / "web-1_test.parquet")
    if causes is not None:
        written(folder, "web-1_interpretation_label.txt", causes)
    return folder / "web-1_test.parquet"


def a_text_machine(folder: Path) -> Path:
    written(folder, "train/web-1.txt", "0,10,20\n1,11,21\n2,12,22\n")
    lines = "".join(f"{k},{10 + k},{20 + k}\n" for k in range(6))
    written(folder, "test_label/web-1.txt", "".join(f"{label}\n" for label in LABELS))
    written(folder, "interpretation_label/web-1.txt", "2-4:1,3\n5-6:2\n")
    return written(folder, "test/web-1.txt", lines)


def spans(labels: pl.DataFrame, sensor: str | None) -> list[tuple[int, int]]:
    """Labels of a sensor as rows of the test part."""
    mine = labels.filter(pl.col("sensor").eq_missing(pl.lit(sensor)))
    return [
        ((start - EPOCH) // MINUTE - 3, (end - EPOCH) // MINUTE - 3)
        for start, end in mine.select("start", "end").rows()
    ]


@pytest.mark.parametrize("made", [a_machine, a_text_machine])
def test_the_test_part_follows_the_train_part(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    made(tmp_path / "raw")
    source = a_source(tmp_path, a_fleet("smd", SENSORS, unit={"aliases": {"web-1": "web"}}))
    assert source.refresh().problems == {}
    readings = source.readings(*ALWAYS).sort("time")
    assert len(source.files) == 2
    assert set(readings.get_column("unit_id")) == {"web"}
    assert readings.get_column("time").to_list() == [EPOCH + k * MINUTE for k in range(9)]
    assert readings.get_column("load").to_list() == [20, 21, 22, 20, 21, 22, 23, 24, 25]


@pytest.mark.parametrize("made", [a_machine, a_text_machine])
def test_plain_labels_and_root_causes_stand_side_by_side(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    labels = parsed(made(tmp_path), a_fleet("smd", SENSORS)).labels
    assert spans(labels, None) == [(2, 4), (5, 6)]
    assert spans(labels, "cpu") == spans(labels, "load") == [(2, 4)]  # channel 2 is no sensor of the fleet
    kinds = labels.select("failure_type", pl.col("sensor").is_null()).unique().rows()
    assert sorted(kinds) == [("anomaly", True), ("root_cause", False)]


def test_the_labels_tell_whether_the_last_row_belongs_to_an_anomaly(tmp_path: Path) -> None:
    left_out = parsed(a_machine(tmp_path / "a", "2-4:1\n"), a_fleet("smd", SENSORS)).labels
    included = parsed(a_machine(tmp_path / "b", "2-3:1\n5-5:1\n"), a_fleet("smd", SENSORS)).labels
    assert spans(left_out, "cpu") == [(2, 4)]
    assert spans(included, "cpu") == [(2, 4), (5, 6)]


def test_the_train_part_has_no_labels_and_depends_on_nothing(tmp_path: Path) -> None:
    test = a_machine(tmp_path)
    train = tmp_path / "web-1_train.parquet"
    assert parsed(train, a_fleet("smd", SENSORS)).labels.is_empty()
    assert companions(train) == ()
    assert companions(test) == (train, tmp_path / "web-1_interpretation_label.txt")


def test_files_beside_the_parts_are_no_recordings() -> None:
    fleet = a_fleet("smd")
    taken = ("web-1_train.parquet", "x/web-1_test.parquet", "train/web-1.txt", "test/web-1.txt")
    left = ("web-1_interpretation_label.txt", "test_label/web-1.txt", "web.parquet", "web-1.txt")
    assert all(takes(name, fleet) for name in taken)
    assert not any(takes(name, fleet) for name in left)


def test_a_step_of_five_minutes_and_another_epoch_are_options(tmp_path: Path) -> None:
    fleet = a_fleet("smd", SENSORS, options={"epoch": "2021-05-01", "step": "5m"})
    first = parsed(a_machine(tmp_path), fleet).readings.get_column("time")[0]
    assert first == datetime(2021, 5, 1, 0, 15, tzinfo=UTC)


def test_a_longer_train_part_moves_the_test_part(tmp_path: Path) -> None:
    test = a_machine(tmp_path / "raw")
    source = a_source(tmp_path, a_fleet("smd", SENSORS, include=["*_test.parquet"]))
    source.refresh()
    before = source.readings(*ALWAYS).get_column("time").min()
    pl.read_parquet(test).drop("label").write_parquet(test.with_name("web-1_train.parquet"))
    assert source.refresh().changed == ("web-1_test.parquet",)
    assert before == EPOCH + 3 * MINUTE
    assert source.readings(*ALWAYS).get_column("time").min() == EPOCH + 6 * MINUTE


def test_without_an_interpretation_file_the_labels_name_no_sensor(tmp_path: Path) -> None:
    labels = parsed(a_machine(tmp_path, causes=None), a_fleet("smd", SENSORS)).labels
    assert labels.get_column("sensor").null_count() == labels.height == 2


def test_a_test_part_without_its_train_part_is_refused(tmp_path: Path) -> None:
    test = a_machine(tmp_path)
    (tmp_path / "web-1_train.parquet").unlink()
    with pytest.raises(IngestError, match=r"when web-1_test\.parquet begins can't be known"):
        parsed(test, a_fleet("smd", SENSORS))


def test_a_test_part_without_labels_is_refused(tmp_path: Path) -> None:
    test = a_text_machine(tmp_path)
    (tmp_path / "test_label" / "web-1.txt").unlink()
    with pytest.raises(IngestError, match=r"test_label/web-1\.txt isn't there"):
        parsed(test, a_fleet("smd", SENSORS))
    pl.read_parquet(a_machine(tmp_path)).drop("label").write_parquet(tmp_path / "web-1_test.parquet")
    with pytest.raises(IngestError, match="'label'"):
        parsed(tmp_path / "web-1_test.parquet", a_fleet("smd", SENSORS))


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    test = a_text_machine(tmp_path)
    written(tmp_path, "test_label/web-1.txt", "0\n1\n")
    with pytest.raises(IngestError, match=r"2 labels.*6 rows"):
        parsed(test, a_fleet("smd", SENSORS))


@pytest.mark.parametrize("cut", ["web-1_train.parquet", "web-1_test.parquet"])
def test_a_part_that_is_cut_short_is_refused(tmp_path: Path, cut: str) -> None:
    test = a_machine(tmp_path)
    raw = (tmp_path / cut).read_bytes()
    (tmp_path / cut).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(IngestError, match=f"{cut} is no Parquet file"):
        parsed(test, a_fleet("smd", SENSORS))


@pytest.mark.parametrize(
    ("causes", "word"),
    [
        ("2-4:1\n2-4\n", "line 2 of .* can't be read"),
        ("2-9:1\n", "rows 2 to 9"),
        ("4-2:1\n", "rows 4 to 2"),
        ("2-4:1,4\n", "channel 4"),
        ("2-4:0\n", "channel 0"),
        ("", "empty"),
    ],
)
def test_an_interpretation_file_that_does_not_fit_is_refused(tmp_path: Path, causes: str, word: str) -> None:
    with pytest.raises(IngestError, match=word):
        parsed(a_machine(tmp_path, causes), a_fleet("smd", SENSORS))


def test_labels_other_than_0_and_1_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="labels that can't be read"):
        parsed(a_machine(tmp_path, labels=[0, 0, 2, 0, 0, 0]), a_fleet("smd", SENSORS))


def test_cells_that_are_no_numbers_are_rejects(tmp_path: Path) -> None:
    a_text_machine(tmp_path)
    path = written(tmp_path, "train/web-1.txt", "0,10,20\n1,11,boom\n2,12\n")
    read = parsed(path, a_fleet("smd", SENSORS))
    assert rows(read, "cpu", "load") == [(0.0, 20.0), (1.0, None), (2.0, None)]
    assert rules(read.rejects) == [("not_a_number", "load", "boom", 2)]


def published(folder: Path, store: Path, channels: int, step: str) -> Source:
    sensors = {f"c{i + 1}": {"column": f"m{i:02d}"} for i in range(channels)}
    return Source(a_fleet("smd", sensors, options={"step": step}), folder, store)


@pytest.mark.real_data
def test_the_published_servers_are_whole(real: Callable[[str], Path], tmp_path: Path) -> None:
    source = published(real("smd"), tmp_path, 38, "1m")
    assert source.refresh().problems == {}
    readings = source.readings(*ALWAYS)
    lengths = dict(readings.group_by("unit_id").len().sort("unit_id").rows())
    assert lengths == {"machine-1-6": 47_377, "machine-2-1": 47_387, "machine-2-7": 47_392, "machine-3-3": 47_406}
    assert (readings.sort("unit_id", "time").get_column("time").diff().drop_nulls().is_in([MINUTE])).sum() == 189_558
    assert source.rejects(*EVERY_DAY).is_empty()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "machine", "channels", "events", "marked", "closed"),
    [("smd", "machine-1-6", 38, 30, 3708, 0), ("asd", "omi-6", 19, 10, 198, 1)],
)
def test_published_labels_cover_the_marked_rows(
    real: Callable[[str], Path], folder: str, machine: str, channels: int, events: int, marked: int, closed: int
) -> None:
    sensors = {f"c{i + 1}": {"column": f"m{i:02d}"} for i in range(channels)}
    path = real(folder) / f"{machine}_test.parquet"
    labels = parsed(path, a_fleet("smd", sensors)).labels
    plain, causes = labels.filter(pl.col("sensor").is_null()), labels.filter(pl.col("sensor").is_not_null())
    length = (pl.col("end") - pl.col("start")).sum()
    assert plain.select(length).item() == marked * MINUTE
    # Labels are cut at midnight: a piece that begins where another one ends continues it.
    assert plain.filter(~pl.col("start").is_in(plain.get_column("end").to_list())).height == events
    told = (line.split(":") for line in (real(folder) / f"{machine}_interpretation_label.txt").read_text().split())
    lines = [(*map(int, rows.split("-")), len(blamed.split(","))) for rows, blamed in told]
    assert (
        causes.select(length).item() == sum((stop - start + closed) * blamed for start, stop, blamed in lines) * MINUTE
    )
    inside = causes.join_where(plain, pl.col("start") >= pl.col("start_right"), pl.col("end") <= pl.col("end_right"))
    assert inside.height == causes.height


@pytest.mark.real_data
def test_channels_are_counted_from_one(real: Callable[[str], Path]) -> None:
    """Sensors to blame move more than others in their anomaly; were channels counted from 0, their neighbours would."""
    names = [f"c{i:02d}" for i in range(38)]
    fleet = a_fleet("smd", {name: {"column": f"m{i:02d}"} for i, name in enumerate(names)})
    read = parsed(real("smd") / "machine-2-7_test.parquet", fleet)
    values, times = read.readings.select(names).to_numpy(), read.readings.get_column("time")
    causes = read.labels.filter(pl.col("sensor").is_not_null()).group_by("start", "end").agg("sensor").sort("start")
    ranks: dict[int, list[float]] = {0: [], 1: []}
    for start, end, blamed in causes.rows():
        first, last = (int(times.search_sorted(moment)) for moment in (start, end))
        moved = np.abs(values[first:last] - np.median(values[first - 200 : first], axis=0)).mean(axis=0)
        order = (moved / (values[:600].std(axis=0) + 1e-3)).argsort().argsort() / (len(names) - 1)
        for shift, found in ranks.items():
            found.append(float(np.mean([order[(names.index(sensor) + shift) % len(names)] for sensor in blamed])))
    assert np.mean(ranks[0]) > 0.85
    assert np.mean(ranks[1]) < 0.7
