from pathlib import Path

from anomaly_assets.config import Platform

from .conftest import Command

SHIPPED = len([*(Path(__file__).parents[2] / "configs" / "fleets").glob("*.yaml")])


def _change(platform: Platform, fleet: str, old: str, new: str) -> Path:
    path = platform.configs / "fleets" / f"{fleet}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_every_shipped_fleet_is_good(command: Command) -> None:
    ended = command("check")
    assert ended.code == 0
    assert ended.err == ""
    assert sum(line.strip().endswith("good") for line in ended.out.splitlines()) == SHIPPED


def test_faults_of_all_files_are_told_at_once(command: Command, installation: Platform) -> None:
    _change(installation, "river", "sampling: 15m", "samplng: 15m")
    _change(installation, "aquaculture", "kind: deviation}", "kind: devation}")
    _change(installation, "aquaculture", "per_unit_day: 0.05", "per_unit_dai: 0.05")
    _change(installation, "pump_loop", "owner: team:testbed", "owner: somebody")
    ended = command("check")
    assert ended.code == 2
    for told in ("did you mean 'sampling'?", "did you mean 'deviation'?", "did you mean 'per_unit_day'?", "somebody"):
        assert told in ended.err
    assert f"3 of {SHIPPED} fleet files must be mended" in ended.err


def test_a_cron_line_that_is_none_is_found_before_the_ui_stumbles_over_it(
    command: Command, installation: Platform
) -> None:
    _change(installation, "turbofan", 'schedule: "0 4 1', 'schedule: "0 99 1')
    assert command("check", "turbofan").code == 2
    assert command("check", "river").code == 0


def test_one_broken_file_leaves_the_status_of_the_others(command: Command, installation: Platform) -> None:
    _change(installation, "river", "sampling: 15m", "samplng: 15m")
    ended = command("status")
    assert ended.code == 2
    assert "aquaculture" in ended.out and "samplng" in ended.err
