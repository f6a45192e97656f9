"""The command ``benchmark``: tables, files and exit codes; numbers are claimed where they are made."""

import json
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.cli import console
from anomaly_assets.cli.benchmark import _write
from anomaly_assets_tests.pipelines.benchmark.layouts import LAYOUTS

from .conftest import Command

HEAVY = ("dagster", "torch", "sklearn", "mlflow", "polars", "duckdb", "matplotlib", "numba", "scipy")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recordings")
    for suite in ("oddwater", "nab", "ims"):
        LAYOUTS[suite](root)
    return root


def test_a_suite_is_told_as_a_table_and_written_as_json(command: Command, recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "b.json"
    ended = command("benchmark", "oddwater", "--data", recorded, "--detectors", "deviation_mean", "--json", file)
    assert ended.code == 0, ended.err
    assert all(told in ended.out for told in ("oddwater / all: ", "SELECTED", "(deviation_mean)", "Pooled rank"))
    document = json.loads(file.read_text())
    assert document["suites"] == ["oddwater"] and document["problems"] == []
    assert {record["suite"] for record in document["records"]} == {"oddwater"}
    assert "selected" in {record["detector"] for record in document["records"]}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["b.json"]


def test_a_json_that_cannot_be_written_whole_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.json"
    target.write_text("old")

    def torn(self: Path, text: str, **_: object) -> int:
        with self.open("w") as file:
            file.write(text[: len(text) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", torn)
    with pytest.raises(OSError, match="no space"):
        _write(target, ["oddwater"], [], [])
    assert target.read_text() == "old"


def test_ends_of_life_are_told_and_written(command: Command, recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    ended = command("benchmark", "ims", "--data", recorded, "--detectors", "deviation_mean", "--json", file)
    assert ended.code == 0, ended.err
    for name in ("test_1", "test_2"):
        assert f"ims / {name}: was there an alarm before the end of life" in ended.out
    assert "1 of 1" in ended.out and "h of 48.0 h" in ended.out
    assert "ROC" not in ended.out
    assert {life["round"] for life in json.loads(file.read_text())["lives"]} == {"test_1", "test_2"}


def test_nabs_own_files_are_written(command: Command, recorded: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    ended = command("benchmark", "nab", "--data", recorded, "--detectors", "deviation_mean", "--nab-results", results)
    assert ended.code == 0, ended.err
    made = pl.read_csv(results / "deviation_mean" / "realTweets" / "deviation_mean_volume.csv")
    assert made.columns == ["timestamp", "value", "anomaly_score", "label"]
    assert made.height == 3000


def test_what_is_broken_is_named_at_the_end_with_exit_code_1_and_the_rest_is_told(
    command: Command, recorded: Path, tmp_path: Path
) -> None:
    folder = LAYOUTS["oddwater"](tmp_path, packed=True)
    (folder / "broken.csv.gz").write_bytes((folder / "data_pioneer_anom.csv.gz").read_bytes()[:500])
    ended = command(
        "benchmark",
        "oddwater",
        "gecco",
        "--data",
        tmp_path,
        "--detectors",
        "deviation_mean",
        "--json",
        tmp_path / "b.json",
    )
    assert ended.code == 1
    assert "oddwater / all" in ended.out
    assert "oddwater/broken.csv.gz: " in ended.err and "gecco: there are no recordings" in ended.err
    told = json.loads((tmp_path / "b.json").read_text())["problems"]
    assert [problem["where"] for problem in told] == ["oddwater/broken.csv.gz", "gecco"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("oddwatr",), "did you mean 'oddwater'?"),
        (("oddwater", "skap"), "did you mean 'skab'?"),
        (("oddwater", "--detectors", "deviation,isolation_forrest"), "did you mean 'isolation_forest'?"),
        (("oddwater", "--nab-results", "somewhere"), "nab"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_a_wrong_name_ends_with_2_before_anything_runs(
    command: Command, recorded: Path, arguments: tuple[str, ...], hint: str
) -> None:
    ended = command("benchmark", *arguments, "--data", recorded)
    assert ended.code == 2
    assert hint in ended.err and ended.out == ""


def test_recordings_must_be_somewhere(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANOMALY_DATA", raising=False)
    nowhere = command("benchmark", "oddwater")
    assert nowhere.code == 2 and "ANOMALY_DATA" in nowhere.err
    absent = command("benchmark", "oddwater", "--data", tmp_path / "absent")
    assert absent.code == 2 and "absent is no folder" in absent.err


def test_recordings_are_found_by_the_environment(
    command: Command, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANOMALY_DATA", str(recorded))
    assert (
        command("benchmark", "oddwater", "oddwater", "--detectors", "deviation_mean").out.count("oddwater / all:") == 1
    )


def test_the_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom anomaly_assets.cli import main\ncode = main(['benchmark', '--help'])\n"
        f"print('LOADED', code, *(name for name in {HEAVY!r} if name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1] == "LOADED 0"


def test_a_long_step_is_told_again_until_it_is_over() -> None:
    told: list[tuple[str, int, int]] = []
    with console.kept_telling(lambda *work: told.append(work), every=0.001) as tell:
        tell("suite", 1, 3)
        for _ in range(10_000):
            if len(told) >= 3:
                break
            time.sleep(0.001)
        tell("suite", 3, 3)
        after = told.index(("suite", 3, 3)) + 1
    assert told[:3] == [("suite", 1, 3)] * 3
    assert len(told) <= after + 1  # at most one that was under way
