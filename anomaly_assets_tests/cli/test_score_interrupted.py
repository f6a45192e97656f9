"""``anomaly-assets score`` in a process of its own that is killed, or runs out of room, in the middle."""

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from anomaly_assets.cli import main
from anomaly_assets_tests.registry.conftest import make_bundle, windows

ROWS = 60_000
ROOM = 2_000_000
"""Bytes; the rows alone need more."""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, a small input and a large one."""
    folder = tmp_path_factory.mktemp("material")
    bundle = make_bundle()
    held_back = bundle.manifest.model_copy(update={"validation_windows": bundle.manifest.training_windows})
    replace(bundle, manifest=held_back).save(folder / "bundle")
    windows(100).write_parquet(folder / "small.parquet")
    windows(ROWS).write_parquet(folder / "large.parquet")
    return folder


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path / "home"))


@pytest.fixture(params=[False, True], ids=["the first time", "over an earlier output"])
def before(request: pytest.FixtureRequest, material: Path, tmp_path: Path) -> dict[str, bytes]:
    """What lies in the folder of results."""
    (tmp_path / "out").mkdir()
    if request.param:
        model, small = str(material / "bundle"), str(material / "small.parquet")
        assert main(["score", "--model", model, "--input", small, "--output", str(tmp_path / "out" / "result")]) == 0
    return contents(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def words(material: Path, folder: Path, *more: str) -> list[str]:
    command = [sys.executable, "-m", "anomaly_assets", "score", "--model", str(material / "bundle")]
    command += ["--input", str(material / "large.parquet"), "--output", str(folder / "out" / "result")]
    return [*command, "--log-file", str(folder / "run.log"), *more]


def test_killed_in_the_middle_it_leaves_what_was_there(
    material: Path, tmp_path: Path, before: dict[str, bytes]
) -> None:
    log, command = tmp_path / "run.log", words(material, tmp_path, "--batch-size", "100")
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (log.is_file() and log.read_text().count("BATCH") >= 3):
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert "RESULT" not in log.read_text()
    assert contents(tmp_path) == before


def test_out_of_room_it_says_so_and_leaves_what_was_there(
    material: Path, tmp_path: Path, before: dict[str, bytes]
) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))

    ended = subprocess.run(words(material, tmp_path), capture_output=True, text=True, preexec_fn=little_room)
    assert ended.returncode == 2
    assert "the scores can't be written" in ended.stderr and "free some space" in ended.stderr
    assert "ERROR" in (tmp_path / "run.log").read_text().splitlines()[-1]
    assert contents(tmp_path) == before
