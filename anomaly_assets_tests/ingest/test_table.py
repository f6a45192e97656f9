"""Tables of all kinds are read as what they say; what can't be read is kept as a reject."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.errors import IngestError

from .building import a_fleet, parsed, rows, rules, written

UNIT = {"by": "column", "column": "unit"}


def test_a_plain_csv_is_read_with_line_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "pump.csv", "time,a,b\n2024-03-05 00:00:00,1.5,2\n2024-03-05 00:01:00,,-3e2\n")
    assert rows(parsed(path, a_fleet()), "unit_id", "time", "a", "b", "source_row") == [
        ("pump", datetime(2024, 3, 5, tzinfo=UTC), 1.5, 2.0, 2),
        ("pump", datetime(2024, 3, 5, 0, 1, tzinfo=UTC), None, -300.0, 3),
    ]


def test_packed_and_plain_say_the_same(tmp_path: Path) -> None:
    text = "time,a,b\n2024-03-05 00:00:00,1,2\n"
    plain, packed = written(tmp_path, "p.csv", text), written(tmp_path, "q.csv.gz", text, packed=True)
    assert rows(parsed(plain, a_fleet()), "time", "a", "b") == rows(parsed(packed, a_fleet()), "time", "a", "b")


def test_text_in_a_number_column_is_a_reject_and_the_row_stays(tmp_path: Path) -> None:
    path = written(
        tmp_path, "p.csv", "time,a,b\n2024-03-05 00:00,1,2\n2024-03-05 00:01,ERR 7,3\n2024-03-05 00:02,inf,4\n"
    )
    read = parsed(path, a_fleet())
    assert rows(read, "a", "b") == [(1.0, 2.0), (None, 3.0), (None, 4.0)]
    assert rules(read.rejects) == [("not_a_number", "a", "ERR 7", 3), ("not_a_number", "a", "inf", 4)]
    assert read.rejects.get_column("day").to_list() == [date(2024, 3, 5)] * 2


def test_an_unreadable_time_costs_its_row_and_lies_on_the_day_before_it(tmp_path: Path) -> None:
    lines = ["x,1,1", "2024-03-05 10:00,2,2", "2024-03-06 10:00,3,3", "late,4,4", "2024-03-07 10:00,5,5"]
    read = parsed(written(tmp_path, "p.csv", "time,a,b\n" + "\n".join(lines)), a_fleet())
    assert rows(read, "a") == [(2.0,), (3.0,), (5.0,)]
    assert rules(read.rejects) == [("bad_time", None, "x", 2), ("bad_time", None, "late", 5)]
    assert read.rejects.get_column("day").to_list() == [date(2024, 3, 5), date(2024, 3, 6)]


def test_sentinels_and_null_texts_are_silent(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "time,a,b\n2024-03-05 00:00,-9999,NULL\n2024-03-05 00:01,-9999.0,n/v\n")
    read = parsed(path, a_fleet(sentinels=[-9999], null_texts=["NULL", "n/v"]))
    assert rows(read, "a", "b") == [(None, None), (None, None)]
    assert read.rejects.is_empty()


def test_disorder_is_sorted_and_duplicates_stay(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "time,a,b\n2024-03-05 00:02,1,0\n2024-03-05 00:01,2,0\n2024-03-05 00:02,3,0\n")
    assert rows(parsed(path, a_fleet()), "a", "source_row") == [(2.0, 3), (1.0, 2), (3.0, 4)]


def test_a_line_with_too_many_cells_costs_that_line(tmp_path: Path) -> None:
    path = written(
        tmp_path, "p.csv", "time,a,b\n2024-03-05 00:00,1,2\n2024-03-05 00:01,1,2,3,4\n2024-03-05 00:02,5,6\n"
    )
    read = parsed(path, a_fleet())
    assert rows(read, "a", "source_row") == [(1.0, 2), (5.0, 4)]
    assert [(rule, row) for rule, _, _, row in rules(read.rejects)] == [("too_many_cells", 3)]


def test_blank_lines_are_nothing_and_still_count_as_lines(tmp_path: Path) -> None:
    read = parsed(
        written(tmp_path, "p.csv", "time,a,b\n\n2024-03-05 00:00,1,2\n\n\n2024-03-05 00:01,3,4\n\n"), a_fleet()
    )
    assert rows(read, "a", "source_row") == [(1.0, 3), (3.0, 6)]
    assert read.rejects.is_empty()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_are_found_out(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "p.csv", "time;Länge;b\n2024-03-05 00:00;1;2\n".encode(encoding))
    assert rows(parsed(path, a_fleet(sensors={"a": {"column": "Länge"}, "b": {}})), "a", "b") == [(1.0, 2.0)]


def test_a_letter_of_another_encoding_far_down_does_not_matter(tmp_path: Path) -> None:
    text = "time,a,b,note\n" + "2024-03-05 00:00,1,2,ok\n" * 20_000 + "2024-03-05 00:00,1,2,\xe4\n"
    assert parsed(written(tmp_path, "p.csv", text.encode("latin-1")), a_fleet()).readings.height == 20_001


def test_decimal_commas_are_decimals_and_points_among_them_are_not(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "time;a;b\n13.03.2024 00:00;1,5;2\n13.03.2024 00:01;1.234;1.234,5\n")
    read = parsed(path, a_fleet(options={"decimal": ","}))
    assert rows(read, "a", "b") == [(1.5, 2.0), (None, None)]
    assert read.rejects.height == 2


def test_date_and_time_columns_are_joined(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "D,T,a,b\n2024-03-05,10:00:00,1,2\n")
    read = parsed(path, a_fleet(options={"time": ["D", "T"]}))
    assert rows(read, "time") == [(datetime(2024, 3, 5, 10, tzinfo=UTC),)]


def test_lines_before_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "Logger 7\nfirmware 2\ntime,a,b\n2024-03-05 00:00,1,2\n")
    assert rows(parsed(path, a_fleet(options={"skip_rows": 2})), "a", "source_row") == [(1.0, 4)]


def test_without_a_header_columns_have_numbers(tmp_path: Path) -> None:
    sensors = {"a": {"column": "column_2"}, "b": {"column": "column_3"}}
    path = written(tmp_path, "p.csv", "2024-03-05 00:00,1,2\n2024-03-05 00:01,3,4\n")
    assert rows(
        parsed(path, a_fleet(sensors=sensors, options={"header": False, "time": "column_1"})), "a", "source_row"
    ) == [
        (1.0, 1),
        (3.0, 2),
    ]


def test_units_come_from_a_column_a_pattern_or_a_constant(tmp_path: Path) -> None:
    path = written(tmp_path, "x/P7_2024.csv", "time,a,b,unit\n2024-03-05 00:00,1,2, K1 \n2024-03-05 00:01,1,2,\n")
    column = parsed(path, a_fleet(unit=UNIT | {"aliases": {"K1": "kiln"}}))
    assert rows(column, "unit_id") == [("kiln",)]
    assert rules(column.rejects)[0][0] == "missing_unit"
    pattern = a_fleet(unit={"by": "file", "pattern": r"(P\d+)_", "aliases": {"P7": "pump"}})
    assert rows(parsed(path, pattern, "x/P7_2024.csv"), "unit_id") == [("pump",)] * 2
    assert rows(parsed(path, a_fleet(), "x/P7_2024.csv"), "unit_id") == [("x_P7_2024",)] * 2
    assert rows(parsed(path, a_fleet(unit={"by": "constant", "constant": "rig"})), "unit_id") == [("rig",)] * 2
    with pytest.raises(IngestError, match="doesn't say which unit"):
        parsed(path, a_fleet(unit={"by": "file", "pattern": "nowhere"}))


def test_a_missing_sensor_column_is_named_with_its_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "time,temprature,b\n2024-03-05 00:00,1,2\n")
    with pytest.raises(IngestError) as refused:
        parsed(path, a_fleet(sensors=("temperature", "b")))
    assert "'temperature'" in str(refused.value)
    assert "'temperature' may be 'temprature'" in str(refused.value)
    assert "time, temprature, b" in str(refused.value)


def test_a_missing_sensor_may_be_allowed(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "time,b\n2024-03-05 00:00,2\n")
    assert rows(parsed(path, a_fleet(options={"missing_sensors": "empty"})), "a", "b") == [(None, 2.0)]


def test_a_long_table_becomes_wide_and_keeps_repetitions(tmp_path: Path) -> None:
    lines = ["00:00,u1,T,1", "00:00,u1,P,x", "00:00,u2,T,2", "00:01,u1,T,3", "00:01,u1,T,4", "00:01,u1,other,9"]
    text = "time,unit,sensor,value\n" + "".join(f"2024-03-05 {line}\n" for line in lines)
    sensors = {"a": {"column": "T"}, "b": {"column": "P"}}
    read = parsed(written(tmp_path, "p.csv", text), a_fleet(sensors=sensors, unit=UNIT, options={"layout": "long"}))
    assert rows(read, "unit_id", "a", "b", "source_row") == [
        ("u1", 1.0, None, 2),
        ("u2", 2.0, None, 4),
        ("u1", 3.0, None, 5),
        ("u1", 4.0, None, 6),
    ]
    assert rules(read.rejects) == [("not_a_number", "b", "x", 3)]


def test_parquet_is_read_with_its_own_types(tmp_path: Path) -> None:
    frame = pl.DataFrame({"time": [datetime(2024, 7, 1, 12)], "a": [float("nan")], "b": [3]})
    frame.write_parquet(tmp_path / "p.parquet")
    read = parsed(tmp_path / "p.parquet", a_fleet(time_zone="Europe/Oslo"))
    assert rows(read, "time", "a", "b") == [(datetime(2024, 7, 1, 10, tzinfo=UTC), None, 3.0)]
    assert read.rejects.is_empty()


def test_epoch_columns_of_parquet_are_instants(tmp_path: Path) -> None:
    pl.DataFrame({"time": [1711375500000], "a": [1.0], "b": [2.0]}).write_parquet(tmp_path / "p.parquet")
    assert rows(parsed(tmp_path / "p.parquet", a_fleet()), "time") == [(datetime(2024, 3, 25, 14, 5, tzinfo=UTC),)]


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("p.csv", b"", "empty"),
        ("p.csv", b"\n\n", "empty"),
        ("p.csv.gz", b"\x1f\x8b\x08\x00cut", "cut short"),
        ("p.parquet", b"PAR1 no", "no Parquet"),
        ("p.csv", b"time,a,b\nmonday,1,2\ntuesday,1,2\n", "time can be read"),
        ("p.csv", b"stamp,a,b\n2024-03-05,1,2\n", "'time'"),
        ("p.csv", b"time,a,b\n1,2,3,4\n4,5,6,7\n", "more cells"),
    ],
)
def test_files_that_are_no_tables_are_refused_with_a_sentence(tmp_path: Path, name: str, raw: bytes, word: str) -> None:
    with pytest.raises(IngestError, match=word):
        parsed(written(tmp_path, name, raw), a_fleet())


def test_a_file_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert parsed(written(tmp_path, "p.csv", "time,a,b\n"), a_fleet()).readings.is_empty()


def test_the_labels_file_gives_intervals_cut_at_midnight(tmp_path: Path) -> None:
    columns = "system_id,label,failure_type,lead_time_days,source,label_version,sensor,start,end\n"
    wrong = "u1,anomaly,drift,2,synthetic,v1,a,2024-03-05T22:00:00.000000+0000,2024-03-06T01:00:00.000000+0000\n"
    path = written(tmp_path, "labels.csv", columns + wrong + "u2,normal,,,synthetic,v1,,,\n")
    labels = parsed(path, a_fleet(options={"labels": "labels.csv"})).labels
    assert labels.select("unit_id", "sensor", "failure_type", "source").unique().rows() == [
        ("u1", "a", "drift", "synthetic")
    ]
    midnight = datetime(2024, 3, 6, tzinfo=UTC)
    assert labels.get_column("end").to_list() == [midnight, datetime(2024, 3, 6, 1, tzinfo=UTC)]
    assert set(labels.get_column("failure_at")) == {datetime(2024, 3, 7, 22, tzinfo=UTC)}


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.one_of(st.none(), st.floats(-1e9, 1e9))), min_size=1, max_size=30),
    st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("|", ",")]),
)
def test_every_written_number_comes_back_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[int, float | None]], layout: tuple[str, str]
) -> None:
    delimiter, mark = layout
    start = datetime(2024, 3, 1, tzinfo=UTC).timestamp()
    lines = [
        f"{start + s:.0f}{delimiter}{'' if v is None else repr(v).replace('.', mark)}{delimiter}0" for s, v in cells
    ]
    text = delimiter.join(["time", "a", "b"]) + "\n" + "\n".join(lines) + "\n"
    path = written(tmp_path_factory.mktemp("any"), "p.csv", text)
    read = parsed(path, a_fleet(options={"decimal": mark}))
    expected = [value for _, value in sorted(cells, key=lambda cell: cell[0])]
    assert [value for (value,) in rows(read, "a")] == expected
    assert read.rejects.is_empty()
