"""An installation in a temporary folder: the shipped configuration, an empty home, and the command as a function."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from anomaly_assets.cli import main
from anomaly_assets.config import Platform, platform

SHIPPED = Path(__file__).parents[2] / "configs"


class Ended(NamedTuple):
    """How a command ended: exit code, results, everything else that was said."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    shutil.copytree(SHIPPED, tmp_path / "configs")
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(tmp_path / "configs"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return platform()


@pytest.fixture
def command(installation: Platform, capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> Ended:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return Ended(code, *capfd.readouterr())

    return run
