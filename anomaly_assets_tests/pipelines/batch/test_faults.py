"""Killed, out of room, or pointed somewhere else: an output is whole, or it is what it was before."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.errors import ScoringError
from anomaly_assets.pipelines.batch import files
from anomaly_assets.pipelines.batch.files import new_files, sweep
from anomaly_assets.pipelines.batch.targets import refuse_overwriting, targets

from .standing_in import Rows, scored_rows, written

HERE = __name__.rpartition(".")[0]
NAMES = ["scores.csv", "scores.parquet", "scores_metadata.json"]
LIMITS = (1_000, 100_000, 270_000, 320_000)
"""Bytes that stop the rows on their way, and then the CSV file; the Parquet and the metadata file are smaller."""


def run(module: str, *arguments: object) -> list[str]:
    command = [sys.executable, "-m", f"{HERE}.{module}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestKilled:
    @pytest.mark.parametrize("kind", ["unnamed", "named"])
    def test_at_any_moment_leaves_whole_files_or_those_of_the_run_before(self, tmp_path: Path, kind: str) -> None:
        *faults, last = run("killed", tmp_path, 30, *([kind] if kind == "named" else []))
        assert faults == []
        assert 0 < int(last.split()[1]) < 30, "kills came before an output was there, and after"

    def test_a_run_that_wrote_in_place_would_be_caught(self, tmp_path: Path) -> None:
        from .killed import faults

        written(tmp_path / "scores", Rows(scored_rows(700)))
        assert faults(tmp_path / "scores") == []
        for name in NAMES[:2]:
            whole = (tmp_path / name).read_bytes()
            (tmp_path / name).write_bytes(whole[: len(whole) // 2])
            assert faults(tmp_path / "scores") == [f"a part of a {'CSV' if 'csv' in name else 'Parquet'} file"]
            (tmp_path / name).write_bytes(whole)


class TestFullDisk:
    def test_leaves_nothing_and_says_why(self, tmp_path: Path) -> None:
        for line in run("confined", tmp_path, *LIMITS):
            told: dict[str, Any] = json.loads(line)
            assert told["left"] == [], told
            assert "can't be written" in told["ended"] and "File too large" in told["ended"], told
            assert "free some space" in told["ended"]

    def test_leaves_an_earlier_output_as_it_was(self, tmp_path: Path) -> None:
        written(tmp_path / "scores", Rows(scored_rows(50)))
        before = contents(tmp_path)
        ends = [json.loads(line)["ended"] for line in run("confined", tmp_path, *LIMITS)]
        assert all("can't be written" in end for end in ends)
        assert contents(tmp_path) == before

    def test_with_room_the_same_process_writes(self, tmp_path: Path) -> None:
        first, second = (json.loads(line) for line in run("confined", tmp_path, LIMITS[1], 0))
        assert first["left"] == [] and second == {"limit": 0, "ended": "written", "left": NAMES}

    @pytest.mark.parametrize("kilobytes", [200, 400, 600], ids=["spool", "CSV file", "Parquet file"])
    def test_of_a_real_disk_the_same(self, tmp_path: Path, kilobytes: int) -> None:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", tmp_path]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("mounting a small disk is not allowed here")
        try:
            (line,) = run("confined", tmp_path, 0)
        finally:
            subprocess.run(["umount", tmp_path], check=True)
        told = json.loads(line)
        assert "No space left on device" in told["ended"] and told["left"] == []


class TestWhereItGoes:
    def test_a_missing_folder_is_told_before_anything_is_scored(self, tmp_path: Path) -> None:
        with pytest.raises(ScoringError, match=r"the folder of the output.*is not there.*mkdir -p"):
            written(tmp_path / "nowhere" / "scores", _never())

    def test_a_folder_in_its_place_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ScoringError, match="is a folder"):
            written(tmp_path, _never())
        (tmp_path / "scores.parquet").mkdir()
        with pytest.raises(ScoringError, match=r"scores\.parquet is a folder"):
            written(tmp_path / "scores", _never())

    def test_a_folder_that_takes_no_files_is_told(self) -> None:
        with pytest.raises(ScoringError, match=r"can't be written to /proc"):
            written(Path("/proc/scores"), _never())

    def test_an_extension_is_not_doubled_and_a_dot_in_a_name_is_none(self, tmp_path: Path) -> None:
        assert [path.name for path in targets(tmp_path / "scores.csv")] == NAMES
        assert targets(tmp_path / "scores.parquet") == targets(tmp_path / "scores")
        assert targets(tmp_path / "of_2024.01").csv.name == "of_2024.01.csv"

    def test_it_never_replaces_what_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "data.csv").write_text("a\n1\n")
        rows = Rows(scored_rows(5))
        rows.facts.files = (tmp_path / "sub" / ".." / "data.csv",)
        with pytest.raises(ScoringError, match=r"replace its own input.*data\.csv"):
            written(tmp_path / "data", rows)
        assert contents(tmp_path) == {"data.csv": b"a\n1\n"}
        refuse_overwriting(targets(tmp_path / "other"), rows.facts.files)


def _never() -> Rows:
    rows = Rows(scored_rows(1))
    rows.frames = lambda: pytest.fail("rows were scored")  # type: ignore[method-assign]
    return rows


class TestNewFiles:
    @pytest.fixture(params=["unnamed", "named"])
    def kind(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
        if request.param == "named":
            monkeypatch.setattr(files, "_OPEN_FILES", tmp_path / "nowhere")
        return str(request.param)

    def test_appear_together_at_the_end(self, kind: str, tmp_path: Path) -> None:
        (tmp_path / "b").write_text("old")
        with new_files([tmp_path / "a", tmp_path / "b"]) as (a, b):
            a.write(b"1"), b.write(b"2")
            partial = [f".{name}.{os.getpid()}.partial" for name in "ab"]
            assert sorted(contents(tmp_path)) == sorted(["b", *(partial if kind == "named" else [])])
        assert contents(tmp_path) == {"a": b"1", "b": b"2"}

    def test_are_nothing_after_a_failure(self, kind: str, tmp_path: Path) -> None:
        (tmp_path / "b").write_text("old")
        with pytest.raises(ZeroDivisionError), new_files([tmp_path / "a", tmp_path / "b"]) as (a, _):
            a.write(b"1")
            raise ZeroDivisionError
        assert contents(tmp_path) == {"b": b"old"}

    def test_have_the_usual_permissions(self, kind: str, tmp_path: Path) -> None:
        with new_files([tmp_path / "a"]):
            pass
        (tmp_path / "usual").touch()
        assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


class TestSweeping:
    def test_takes_what_the_dead_left_of_this_output_and_nothing_else(self, tmp_path: Path) -> None:
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        alive = os.getppid()
        names = [f".scores.csv.{dead.pid}.partial", f".scores.csv.{alive}.partial", f".other.csv.{dead.pid}.partial"]
        for name in [*names, ".scores.csv.old.partial", "scores.csv"]:
            (tmp_path / name).write_text("x")
        sweep(targets(tmp_path / "scores"))
        assert set(contents(tmp_path)) == {*names[1:], ".scores.csv.old.partial", "scores.csv"}

    def test_leaves_what_somebody_writes_even_if_the_process_is_not_to_be_seen_from_here(self, tmp_path: Path) -> None:
        import fcntl

        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        partial = tmp_path / f".scores.csv.{dead.pid}.partial"
        with partial.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            sweep(targets(tmp_path / "scores"))
            assert partial.exists()
        sweep(targets(tmp_path / "scores"))
        assert not partial.exists()
