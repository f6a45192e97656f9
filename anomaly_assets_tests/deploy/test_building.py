"""The lean image is built by the lines of the Dockerfile, and is enough: our package lies whole in it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .dockerfiles import PROJECT, is_ignored, read

pytestmark = pytest.mark.slow

STAGE = "serve-builder"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stage leaves in /opt/venv, built elsewhere; everything else is as the lines say."""
    root = tmp_path_factory.mktemp("built")
    venv, folder = root / "venv", root / "build"
    folder.mkdir()
    given = {name: value.replace("/opt/venv", str(venv)) for name, value in read().environment(STAGE).items()}
    given |= {"PATH": f"{venv}/bin{os.pathsep}{os.environ['PATH']}", "PIP_NO_COMPILE": "1", "PIP_NO_CACHE_DIR": "0"}
    for verb, rest in read().lines(STAGE):
        if verb == "COPY":
            _copy(*rest.split(), folder=folder)
        if verb == "RUN":
            told = subprocess.run(
                ["sh", "-ec", rest.replace("/opt/venv", str(venv))],
                cwd=folder,
                env=os.environ | given,
                capture_output=True,
                text=True,
                check=False,
            )
            if any(sign in told.stderr for sign in ("NewConnectionError", "Max retries", "NameResolutionError")):
                pytest.skip("no registry of packages answers")
            assert told.returncode == 0, f"{rest}\n{told.stderr[-3000:]}"
    return venv


def test_every_package_finds_what_it_needs(built: Path) -> None:
    asked = "import importlib.metadata as m; print(*sorted(d.metadata['Name'].lower() for d in m.distributions()))"
    there = _run(built, "python", "-c", asked).split()
    assert {"anomaly-assets", "onnxruntime", "fastapi", "paho-mqtt"} <= set(there)
    assert {"torch", "scikit-learn", "dagster", "pandas"} & set(there) == set()


@pytest.mark.parametrize("command", ["serve", "listen", "events", "replay"])
def test_the_commands_of_the_image_are_there(built: Path, command: str) -> None:
    assert f"anomaly-assets {command}" in _run(built, "anomaly-assets", command, "--help")


def test_what_the_services_import_is_there_and_nothing_large_is_loaded(built: Path) -> None:
    rooms = (
        "serving.app, anomaly_assets.realtime.listener, anomaly_assets.pipelines.live, anomaly_assets.registry.store"
    )
    code = (
        f"import anomaly_assets.{rooms}, sys; print([n for n in ('torch', 'sklearn', 'dagster') if n in sys.modules])"
    )
    assert _run(built, "python", "-c", code).strip() == "[]"


def test_the_migrations_have_come_along(built: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'events.sqlite'}"
    _run(built, "anomaly-assets", "events", "migrate", ANOMALY_EVENTS_URL=url, ANOMALY_HOME=str(tmp_path))
    assert (tmp_path / "events.sqlite").stat().st_size > 0


def _copy(*words: str, folder: Path) -> None:
    *sources, target = words
    for source in sources:
        found, to = PROJECT / source, folder / target
        if found.is_dir():
            shutil.copytree(found, to, ignore=lambda where, names: [name for name in names if _left(where, name)])
        else:
            shutil.copy(found, to)


def _left(where: str, name: str) -> bool:
    return is_ignored(str((Path(where) / name).relative_to(PROJECT)))


def _run(built: Path, *command: str, **environment: str) -> str:
    path = {"PATH": f"{built}/bin{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
    told = subprocess.run(
        list(command), capture_output=True, text=True, check=False, env=os.environ | path | environment, cwd=built
    )
    assert told.returncode == 0, told.stderr
    return told.stdout
