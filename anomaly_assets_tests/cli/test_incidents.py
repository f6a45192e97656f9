"""Incidents are listed with the sensor to blame, and acknowledged by name."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.incidents import raise_incidents
from anomaly_assets.pipelines.incidents import keep_live
from anomaly_assets_tests.incidents.scored import HOUR, REFERENCES, START, windows
from anomaly_assets_tests.pipelines.plant import Plant

from .conftest import Command

BLAMED = {"sensor_1": "oxygen", "feature_1": "mean_6h", "observed_1": 4.25, "expected_1": 8.5, "direction_1": "below"}


@pytest.fixture
def plant(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Pond 1 has an incident that is up, pond 2 one that is over."""
    plant = Plant(tmp_path / "plant").configured()
    monkeypatch.setenv("ANOMALY_HOME", str(plant.home))
    monkeypatch.setenv("ANOMALY_CONFIGS", str(plant.root / "configs"))
    scored = [windows("0" * 30 + "99", "pond 1", **BLAMED), windows("0" * 9 + "909", "pond 2", anomaly_kind="point")]
    end = START + 32 * HOUR
    found = raise_incidents(pl.concat(scored), plant.fleet, REFERENCES, start=START, end=end).incidents
    keep_live(plant.site(), plant.fleet, found)
    return plant


def told(command: Command, *options: str) -> list[dict]:
    return json.loads(command("incidents", "ponds", "--json", *options).out)


def test_they_are_listed_newest_first_with_the_sensor_to_blame(plant: Plant, command: Command) -> None:
    listed = command("incidents", "ponds")
    assert listed.code == 0, listed.err
    assert listed.out.index("pond 1") < listed.out.index("pond 2")
    assert "oxygen mean_6h" in listed.out and "4.25, below 8.5" in listed.out
    assert "2 incidents, 2 alarming windows and 1.5 bursts of alarms each" in listed.out
    assert "1 earlier ones not shown" in command("incidents", "ponds", "--limit", 1).out


def test_they_are_told_whole_as_json(plant: Plant, command: Command) -> None:
    first, second = told(command)
    assert (first["unit_id"], first["state"], first["observed_1"]) == ("pond 1", "open", 4.25)
    assert (second["unit_id"], second["state"], second["anomaly_kind"]) == ("pond 2", "resolved", "point")
    assert datetime.fromisoformat(first["start"]) == START + 30 * HOUR


@pytest.mark.parametrize(
    ("options", "units"),
    [
        (("--state", "open"), ["pond 1"]),
        (("--unit", "pond 2"), ["pond 2"]),
        (("--since", (START + timedelta(days=1)).isoformat()), ["pond 1"]),
        (("--since", "1d"), []),
    ],
)
def test_they_are_asked_for_by_state_unit_and_time(plant: Plant, command: Command, options, units) -> None:
    assert [row["unit_id"] for row in told(command, *options)] == units


def test_whoever_looks_after_one_is_named(plant: Plant, command: Command) -> None:
    name = told(command, "--state", "open")[0]["incident_id"]
    done = command("incidents", "acknowledge", "ponds", name, "--by", "Ada", "--note", "probe [1] cleaned")
    assert done.code == 0 and "Ada looks after it" in done.out and "(probe [1] cleaned)" in done.out
    assert "Ada" in command("incidents", "acknowledge", "ponds", name, "--by", "Grace").out
    (row,) = told(command, "--state", "acknowledged")
    assert (row["incident_id"], row["acknowledged_by"], row["note"]) == (name, "Ada", "probe [1] cleaned")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("incidents", "ponds", "--state", "closed"), "open, acknowledged, resolved, expired"),
        (("incidents", "acknowledge", "ponds", "0000", "--by", "Ada"), "no such incident"),
        (("incidents", "seas"), "there is no fleet 'seas'"),
    ],
)
def test_mistakes_are_told_with_the_way_out(plant: Plant, command: Command, arguments, said) -> None:
    ended = command(*arguments)
    assert ended.code == 2 and said in ended.err


def test_a_fleet_without_incidents_says_so(plant: Plant, command: Command) -> None:
    assert "No such incident of ponds" in command("incidents", "ponds", "--unit", "nobody").out
    assert told(command, "--unit", "nobody") == []
