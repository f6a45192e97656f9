"""The command from nothing to its table, its JSON and its picture, on a fleet small enough for a test."""

import json
from pathlib import Path

import pytest
import yaml

from anomaly_assets.cli.drift_replay import drifting
from anomaly_assets.config import FleetDriftConfig, Platform

from ..conftest import small_fleet
from ..pipelines.plant import document
from .conftest import Command

pytestmark = pytest.mark.slow


@pytest.fixture
def ponds(installation: Platform) -> str:
    simulation = document()["simulation"] | {"units": 2, "edge_cases": []}
    written = document(training={"window": {"first": "6d"}, "seed": 7}, simulation=simulation)
    (installation.configs / "fleets" / "ponds.yaml").write_text(yaml.safe_dump(written))
    return "ponds"


def test_it_tells_all_policies_and_writes_nothing_but_what_was_asked_for(
    command: Command, ponds: str, installation: Platform, tmp_path: Path
) -> None:
    file, plot = tmp_path / "out" / "replay.json", tmp_path / "out" / "replay.png"
    ended = command(
        "drift-replay", ponds, "--days", 15, "--every", 6, "--start", "2024-03-01", "--json", file, "--plot", plot
    )
    assert ended.code == 0, ended.err
    for told in ("no retraining", "every 6d", "on drift", "last third", "every 6d, diff.", "Retrainings"):
        assert told in ended.out
    assert "on drift: 9 of 9" in ended.err
    document = json.loads(file.read_text())
    assert document["simulated"]["drift"] == {"after": "5d", "per_day": 0.05, "shift_after": "10d", "shift": 3.0}
    assert len(document["policies"]) == 3
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in file.parent.iterdir()) == ["replay.json", "replay.png"]
    assert not (installation.home / "raw" / ponds).exists()


def test_too_short_a_recording_is_a_mistake_to_mend(command: Command, ponds: str) -> None:
    ended = command("drift-replay", ponds, "--days", 5)
    assert ended.code == 2
    assert "more days" in ended.err


def test_a_fleet_that_says_how_it_drifts_is_left_alone_unless_something_is_asked_for() -> None:
    own = {"after": "3d", "per_day": 1.0}
    fleet = small_fleet(simulation={"drift": own})
    assert drifting(fleet, 30, None, None) is fleet
    asked = drifting(fleet, 30, 0.0, 2.0).simulation.drift
    assert asked == FleetDriftConfig(shift_after="20d", shift=2.0)
    assert drifting(fleet, 30, 0.0, 0.0).simulation.drift is None
