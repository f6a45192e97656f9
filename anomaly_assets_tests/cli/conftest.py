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


def settle(monkeypatch: pytest.MonkeyPatch, home: Path, configs: Path) -> None:
    """Let commands find an installation here, and none that the machine may have."""
    monkeypatch.setenv("ANOMALY_HOME", str(home))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(configs))
    for name in ("MLFLOW_TRACKING_URI", "ANOMALY_EVENTS_URL", "POSTGRES_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    shutil.copytree(SHIPPED, tmp_path / "configs")
    settle(monkeypatch, tmp_path / "home", tmp_path / "configs")
    return platform()


@pytest.fixture
def command(installation: Platform, capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> Ended:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return Ended(code, *capfd.readouterr())

    return run
