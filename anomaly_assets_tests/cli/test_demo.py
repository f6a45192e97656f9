from pathlib import Path

import pytest

from anomaly_assets.config import Platform

from .conftest import Command

pytestmark = pytest.mark.slow


@pytest.fixture
def one_fleet(installation: Platform) -> Platform:
    """Only the quickest fleet, and one of a person's own."""
    for path in (installation.configs / "fleets").glob("*.yaml"):
        if path.stem != "pump_loop":
            path.unlink()
    own = (installation.configs / "fleets" / "pump_loop.yaml").read_text()
    own = own.replace("fleet: pump_loop", "fleet: own").replace("folder: raw/pump_loop", "folder: /elsewhere/own")
    (installation.configs / "fleets" / "own.yaml").write_text(own)
    return installation


def _row(printed: str) -> list[str]:
    return next(line.split() for line in printed.splitlines() if line.strip().startswith("pump_loop"))


def test_the_demo_ends_with_what_was_found_of_what_was_injected(command: Command, one_fleet: Platform) -> None:
    first = command("demo", "--no-ui")
    assert first.code == 0, first.err
    fleet, days, windows, champion, _alarms, found, *_ = _row(first.out)
    assert (fleet, int(days), int(windows.replace(",", ""))) == ("pump_loop", 20, 24_100)
    assert "/" in champion
    hit, of = map(int, found.split("/"))
    assert of >= 10 and hit >= of / 2
    assert "own" not in {line.split()[0] for line in first.out.splitlines() if line.split()}

    again = command("demo", "--no-ui")
    assert again.code == 0
    assert "are there already" in again.err
    assert _row(again.out)[:4] == [fleet, days, windows, champion]


def test_the_demo_uses_a_persons_own_files_as_they_are(command: Command, one_fleet: Platform, tmp_path: Path) -> None:
    folder = one_fleet.home / "raw" / "pump_loop"
    folder.mkdir(parents=True)
    (folder / "0.csv").write_text("mine")
    ended = command("demo", "--no-ui")
    assert ended.code == 2
    assert "files of your own" in ended.err and "could be read" in ended.err
    assert [path.name for path in folder.iterdir()] == ["0.csv"]
    assert (folder / "0.csv").read_text() == "mine"
