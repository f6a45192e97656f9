"""Names, globs and folders mean files, each once, and never the results of earlier runs."""

from pathlib import Path

import pytest

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines.batch.finding import find_inputs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv.gz", "sub/c.parquet", "sub/d.tsv", "notes.md", ".hidden.csv", "e.csv.tmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def names(folder: Path, *patterns: str, output: str = "out") -> list[str]:
    found, _ = find_inputs([str(folder / pattern) for pattern in patterns], folder / output)
    return [path.relative_to(folder).as_posix() for path in found]


def test_a_folder_means_its_csv_and_parquet_files_sorted(folder: Path) -> None:
    assert names(folder, "") == ["a.csv.gz", "b.csv", "sub/c.parquet", "sub/d.tsv"]


def test_a_glob_means_what_it_matches(folder: Path) -> None:
    assert names(folder, "*.csv") == ["b.csv"]
    assert names(folder, "**/*.parquet") == ["sub/c.parquet"]


def test_a_file_is_read_once_however_often_it_is_meant_and_in_the_order_given(folder: Path) -> None:
    assert names(folder, "sub/c.parquet", "b.csv", "*.csv", "") == ["sub/c.parquet", "b.csv", "a.csv.gz", "sub/d.tsv"]


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(folder: Path) -> None:
    (folder / "x[1].csv").write_text("x")
    assert names(folder, "x[1].csv") == ["x[1].csv"]


def test_results_of_earlier_runs_are_left_out_and_told(folder: Path) -> None:
    for name in ("old.csv", "old.parquet", "old_metadata.json", "out.csv"):
        (folder / name).write_text("x")
    found, said = find_inputs([str(folder)], folder / "out")
    assert {path.name for path in found} == {"a.csv.gz", "b.csv", "c.parquet", "d.tsv"}
    assert len(said) == 3 and all("earlier" in sentence for sentence in said)


def test_the_text_twin_of_a_parquet_file_is_not_scored_twice(folder: Path) -> None:
    (folder / "b.parquet").write_text("x")
    found, said = find_inputs([str(folder)], folder / "out")
    assert folder / "b.csv" not in found and folder / "b.parquet" in found
    assert "b.csv" in said[0]
    assert names(folder, "b.csv", "b.parquet") == ["b.csv", "b.parquet"], "who names both means both"


@pytest.mark.parametrize("pattern", ["nothing.csv", "*.xyz", "empty"])
def test_what_means_no_file_is_an_error(folder: Path, pattern: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(ScoringError, match=pattern.replace("*", r"\*")):
        names(folder, pattern)
