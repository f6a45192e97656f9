"""Files of any layout give the same rows; files that can't be read are named, with a remedy."""

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines import Site
from anomaly_assets.pipelines.batch.inputs import expected_rows, in_batches, open_input, read_rows

from .works import request, scored

Write = Callable[..., Path]


def as_text(frame: pl.DataFrame, separator: str = ",", decimal_comma: bool = False) -> str:
    return frame.write_csv(separator=separator, decimal_comma=decimal_comma)


LAYOUTS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "comma.csv": lambda frame: as_text(frame).encode(),
    "semicolon.csv": lambda frame: as_text(frame, ";").encode(),
    "decimal_comma.csv": lambda frame: as_text(frame, ";", decimal_comma=True).encode(),
    "tab.tsv": lambda frame: as_text(frame, "\t").encode(),
    "packed.csv.gz": lambda frame: gzip.compress(as_text(frame).encode()),
    "packed_under_another_name.csv": lambda frame: gzip.compress(as_text(frame).encode()),
    "mark.csv": lambda frame: b"\xef\xbb\xbf" + as_text(frame).encode(),
    "windows.csv": lambda frame: as_text(frame).replace("\n", "\r\n").encode(),
    "no_last_newline.csv": lambda frame: as_text(frame).rstrip("\n").encode(),
    "blank_lines.csv": lambda frame: (as_text(frame).replace("\n", "\n\n", 7) + "\n\n").encode(),
    "spaces.csv": lambda frame: as_text(frame).replace(",", " , ").encode(),
}


@pytest.fixture(scope="module")
def plain(at: Site, features: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    path = tmp_path_factory.mktemp("plain") / "input.parquet"
    features.write_parquet(path)
    return scored(at, request(path))[0]


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_of_text_changes_no_score(
    at: Site, features: pl.DataFrame, plain: pl.DataFrame, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(LAYOUTS[name](features))
    found, facts = scored(at, request(tmp_path / name))
    numbers = ["anomaly_score", "is_anomaly", *facts.features]
    assert_frame_equal(found.select(numbers), plain.select(numbers), check_exact=True)
    assert facts.rows_read == features.height, "a blank line is no row"


def test_several_files_are_one_input(at: Site, features: pl.DataFrame, plain: pl.DataFrame, written: Write) -> None:
    half = features.height // 2
    files = [written(features[:half], "one.csv"), written(features[half:], "two.parquet")]
    mixed, facts = scored(at, request(*files, batch_size=97))
    assert_frame_equal(mixed.select("anomaly_score"), plain.select("anomaly_score"), check_exact=True)
    assert facts.files == tuple(files)


def test_numbers_of_other_types_are_numbers(at: Site, features: pl.DataFrame, written: Write) -> None:
    names = features.columns[3:]
    whole = features.with_columns(pl.col(names).round(0))
    as_integers = whole.with_columns(pl.col(names).cast(pl.Int32))
    as_words = whole.with_columns(pl.col(names).cast(pl.String))
    expected = scored(at, request(written(whole)))[0]
    for other in (as_integers, as_words, whole.with_columns(pl.col(names).cast(pl.Float32))):
        found = scored(at, request(written(other, "other.parquet")))[0]
        assert_frame_equal(found.select("anomaly_score"), expected.select("anomaly_score"), check_exact=True)


WRONG: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "is empty"),
    "only_a_newline.csv": (b"\n", "can't be read"),
    "ragged.csv": (b"a,b\n1,2\n3,4,5\n", "more cells"),
    "latin.csv": ("a,b\n1,café\n".encode("latin-1"), "UTF-8"),
    "torn.csv": (b"a,b,c\n1,2,3\n4,5", "cut short"),
    "torn.csv.gz": (gzip.compress(b"a,b\n" + b"1,2.33\n" * 50_000)[:-200], "copy the file again"),
    "torn.parquet": (b"PAR1" + b"\x00" * 100, "copy the file again"),
    "binary.csv": (bytes(range(256)) * 20, "can't be read"),
    "wide.csv": ("a,b\n1,2\n".encode("utf-16"), "save it as UTF-8"),
    "wide.csv.gz": (gzip.compress("a,b\n1,2\n".encode("utf-16")), "save it as UTF-8"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_read_is_named_with_a_remedy(tmp_path: Path, name: str) -> None:
    content, said = WRONG[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScoringError) as told:
        file = open_input(path)
        list(read_rows(file, file.rows, 100))
    assert str(path) in str(told.value) and said in str(told.value)
    assert told.value.remedy


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match=r"gone\.csv"):
        open_input(tmp_path / "gone.csv")


def test_a_quoted_cell_may_hold_the_delimiter_and_a_new_line(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_text('a,"b, in m"\n1,"x, y"\n2,"two\nlines"')
    file = open_input(path)
    rows = pl.concat(read_rows(file, file.rows, 10))
    assert file.columns == ("a", "b, in m") and rows["b, in m"].to_list() == ["x, y", "two\nlines"]


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.parquet"])
def test_the_number_of_rows_is_foreseen(features: pl.DataFrame, tmp_path: Path, name: str) -> None:
    path, many = tmp_path / name, pl.concat([features] * 5)
    if name.endswith("parquet"):
        many.write_parquet(path)
    else:
        text = as_text(many).encode()
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    exact = name.endswith("parquet")
    assert expected_rows([path]) == pytest.approx(many.height, rel=0 if exact else 0.2)


def test_pieces_are_cut_anew_without_losing_a_row() -> None:
    frames = [pl.DataFrame({"x": range(start, stop)}) for start, stop in ((0, 5), (5, 5), (5, 6), (6, 20))]
    cut = list(in_batches(iter(frames), 4))
    assert [frame.height for frame in cut] == [4, 4, 4, 4, 4] and pl.concat(cut)["x"].to_list() == list(range(20))
