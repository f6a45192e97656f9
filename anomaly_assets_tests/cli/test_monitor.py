"""``anomaly-assets monitor`` as an operator or a cron line calls it: report, JSON, exit codes."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from anomaly_assets.cli import main
from anomaly_assets_tests.pipelines.conftest import empty_registry  # noqa: F401 - fixtures
from anomaly_assets_tests.pipelines.forecast.tanks import KNOWN, risen, tanks_original, watched  # noqa: F401
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Ended, settle

Monitor = Callable[..., Ended]
SHIFT = 3 * 0.35


@pytest.fixture
def monitor(
    watched: Plant,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Monitor:
    settle(monkeypatch, watched.home, watched.root / "configs")

    def run(*arguments: object, fleet: str = "ponds") -> Ended:
        capfd.readouterr()
        code = main(["monitor", fleet, *map(str, arguments)])
        return Ended(code, *capfd.readouterr())

    return run


@pytest.fixture
def week(watched: Plant, tmp_path: Path) -> Path:  # noqa: F811 - the fixture
    """The files of four new days, in a folder of their own."""
    folder = tmp_path / "week"
    folder.mkdir()
    for number in range(KNOWN, KNOWN + 4):
        file = watched.later / f"{watched.day(number)}.csv"
        file.rename(folder / file.name)
    return folder


def test_new_files_without_a_shift_are_no_drift(monitor: Monitor, week: Path) -> None:
    ended = monitor("--input", week / "*.csv", "--fail-on-drift")
    assert ended.code == 0, ended.err
    assert "no drift" in ended.out and "ponds.forecaster/1" in ended.out


def test_shifted_files_are_drift_and_fail_only_where_that_is_asked(monitor: Monitor, week: Path) -> None:
    risen(week, date.min, SHIFT)
    ended = monitor("--input", week)
    assert ended.code == 0 and "drift by error" in " ".join(ended.out.split())
    assert monitor("--input", week, "--fail-on-drift").code == 1


def test_json_names_run_version_and_what_was_exceeded(monitor: Monitor, week: Path, watched: Plant) -> None:  # noqa: F811
    risen(week, date.min, SHIFT)
    ended = monitor("--input", week, "--json", "--fail-on-drift")
    told, version = json.loads(ended.out), watched.site().registry.get("ponds.forecaster")
    assert ended.code == 1
    assert (told["production"]["run_id"], told["production"]["version"]) == (version.run_id, version.version)
    assert told["drifted"] and "error" in told["exceeded"] and len(told["days"]) == 4
    assert len(told["files"]) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--input", "nothing.csv"), "no raw file nothing.csv"),
        (("--sideways",), "No such option"),
    ],
)
def test_a_mistake_ends_with_2(monitor: Monitor, arguments: tuple[str, ...], said: str) -> None:
    ended = monitor(*arguments, "--fail-on-drift")
    assert ended.code == 2 and said in " ".join(ended.err.split())


def test_a_fleet_that_is_unknown_or_not_forecast_is_a_mistake(monitor: Monitor, watched: Plant) -> None:  # noqa: F811
    assert monitor(fleet="elsewhere").code == 2
    del watched.written["forecast"]
    watched.configured()
    ended = monitor()
    assert ended.code == 2 and "not forecast" in ended.err
