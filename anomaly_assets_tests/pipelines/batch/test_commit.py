"""The commit of a checkout, read from its own files."""

import subprocess
from pathlib import Path

import pytest

from anomaly_assets.pipelines.batch.commit import git_commit


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(["git", *names, "-C", folder, *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "main")
    git(tmp_path / "main", "commit", "-q", "--allow-empty", "-m", "first")
    return tmp_path / "main"


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD").strip()


def test_is_that_of_the_branch(checkout: Path) -> None:
    assert git_commit(checkout) == head(checkout)


def test_is_that_of_a_packed_branch(checkout: Path) -> None:
    git(checkout, "pack-refs", "--all")
    assert git_commit(checkout) == head(checkout)


def test_is_that_of_a_detached_head(checkout: Path) -> None:
    git(checkout, "checkout", "-q", "--detach")
    assert git_commit(checkout) == head(checkout)


def test_is_that_of_a_worktree(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", tmp_path / "other", "-b", "other")
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "second")
    assert git_commit(tmp_path / "other") == head(tmp_path / "other") != head(checkout)
    git(checkout, "pack-refs", "--all")
    assert git_commit(tmp_path / "other") == head(tmp_path / "other")


def test_is_unknown_outside_a_checkout_and_before_the_first_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None
    git(tmp_path, "init", "-q", "empty")
    assert git_commit(tmp_path / "empty") is None
