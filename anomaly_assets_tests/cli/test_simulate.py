import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anomaly_assets.config import Platform

from .conftest import Command


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_files_and_another_one_others(command: Command, tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        ended = command(
            "simulate", "aquaculture", "--days", 2, "--seed", seed, "--start", "2024-03-01", "--out", tmp_path / folder
        )
        assert ended.code == 0
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b") != _digests(tmp_path / "c")
    assert {"2024-03-01.csv", "2024-03-02.csv", "labels.csv", "metadata.csv"} <= _digests(tmp_path / "a").keys()


def test_by_default_it_ends_yesterday_in_the_fleets_own_folder(command: Command, installation: Platform) -> None:
    assert command("simulate", "aquaculture", "--days", 2).code == 0
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    days = sorted(path.stem for path in (installation.home / "raw" / "aquaculture").glob("20*.csv"))
    assert days == [str(yesterday - timedelta(days=1)), str(yesterday)]


def test_a_persons_own_files_are_never_mixed_with_synthetic_ones(command: Command, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "2024-03-01.csv").write_text("mine")
    refused = command("simulate", "aquaculture", "--days", 1, "--start", "2024-03-01", "--out", own)
    assert refused.code == 2 and "--force" in refused.err
    assert _digests(own) == {"2024-03-01.csv": hashlib.sha256(b"mine").hexdigest()}
    forced = command("simulate", "aquaculture", "--days", 1, "--start", "2024-03-01", "--out", own, "--force")
    assert forced.code == 0


def test_engines_start_on_their_epoch(command: Command, tmp_path: Path) -> None:
    ended = command("simulate", "turbofan", "--days", 70, "--out", tmp_path / "t")
    assert "2024-01-01 to 2024-03-10" in ended.out
