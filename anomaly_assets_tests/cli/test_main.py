import subprocess
import sys

import pytest

from .conftest import Command

HEAVY = ("dagster", "torch", "sklearn", "skops", "mlflow", "polars", "duckdb", "matplotlib")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_help_loads_nothing_heavy() -> None:
    ended = _python(
        "import sys\nfrom anomaly_assets.cli import main\ncode = main(['--help'])\n"
        f"print('LOADED', code, *(name for name in {HEAVY!r} if name in sys.modules))"
    )
    assert ended.stdout.splitlines()[-1] == "LOADED 0"


def test_python_m_is_the_same_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "anomaly_assets", "--help"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    verbs = ("init", "check", "simulate", "demo", "backfill", "train", "forecast", "severity", "export", "status")
    verbs += ("models", "ui")
    for verb in verbs:
        assert f" {verb} " in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("backfil", "river"),
        ("backfill",),
        ("backfill", "river", "--raw"),
        ("backfill", "nosuch"),
        ("backfill", "river", "--from", "yesterday"),
        ("status", "nosuch"),
        ("train", "nosuch"),
        ("models", "list", "nosuch"),
        ("models", "promote", "river", "7"),
        ("models", "rollback", "river"),
        ("models", "shadow", "river", "7"),
        ("models", "compare", "river"),
        ("models", "compare", "nosuch"),
        ("simulate", "nosuch"),
        ("init", "mine", "--from", "/nowhere"),
    ],
    ids=" ".join,
)
def test_a_persons_mistake_ends_with_two_and_no_traceback(command: Command, arguments: tuple[str, ...]) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert ended.err.strip()
    assert "Traceback" not in ended.err + ended.out


def test_an_unknown_fleet_is_told_with_the_known_ones_and_a_remedy(command: Command) -> None:
    ended = command("status", "nosuch")
    assert "there is no fleet 'nosuch'" in ended.err
    assert "aquaculture, bearings, engine_vibration, pump_loop, river, turbofan" in ended.err
    assert "anomaly-assets init nosuch --from" in ended.err


def test_options_before_the_command_choose_the_installation(command: Command, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ended = command("--configs", tmp_path / "elsewhere", "check")
    assert ended.code == 2
    assert str(tmp_path / "elsewhere" / "fleets") in ended.err


def test_an_empty_installation_says_how_to_begin(command: Command) -> None:
    assert "anomaly-assets backfill river" in command("status", "river").out
    assert "anomaly-assets train river" in command("models", "list", "river").out
