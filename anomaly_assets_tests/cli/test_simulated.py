from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from anomaly_assets.cli import simulated
from anomaly_assets.config import FleetConfig
from anomaly_assets_tests.conftest import small_fleet

WANTED = simulated.Request(date(2024, 3, 1), days=2, seed=3)


@pytest.fixture
def rig() -> FleetConfig:
    source = {"format": "table", "folder": "raw/small", "unit": {"by": "column", "column": "unit"}}
    return small_fleet(source=source, simulation={"units": 1, "days": 2, "quiet": "1d"})


def test_an_earlier_simulation_of_the_same_is_recognised_whenever_it_began(rig: FleetConfig, tmp_path: Path) -> None:
    made = simulated.write(rig, WANTED, tmp_path)
    assert simulated.already(rig, WANTED, tmp_path) == made
    assert simulated.already(rig, replace(WANTED, start=date(2024, 3, 2)), tmp_path) == made
    assert simulated.already(rig, replace(WANTED, seed=4), tmp_path) is None
    assert simulated.already(rig.model_copy(update={"description": "other"}), WANTED, tmp_path) is None


def test_clearing_removes_what_was_simulated_and_nothing_else(rig: FleetConfig, tmp_path: Path) -> None:
    simulated.write(rig, WANTED, tmp_path)
    assert not simulated.holds_foreign_files(tmp_path)
    (tmp_path / "mine.csv").write_text("x")
    assert simulated.holds_foreign_files(tmp_path)
    simulated.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_damaged_note_is_no_note(rig: FleetConfig, tmp_path: Path) -> None:
    simulated.write(rig, WANTED, tmp_path)
    (tmp_path / simulated.NOTE).write_text("{")
    assert simulated.already(rig, WANTED, tmp_path) is None
    assert simulated.holds_foreign_files(tmp_path)
