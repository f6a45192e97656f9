"""The command ``replay``: a simulated recording published on a real broker, and what can go wrong before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from anomaly_assets_tests.realtime.broker import Broker, wait_for
from anomaly_assets_tests.realtime.speaking import hearing
from anomaly_assets_tests.services import free_port

from .conftest import Command


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


def simulated(command: Command, *more: object) -> None:
    assert command("simulate", "aquaculture", "--days", 1, "--start", "2025-01-01", *more).code == 0


def test_a_recording_is_published_reading_by_reading(command: Command, broker: Broker) -> None:
    simulated(command)
    unit = "System_1|EquipmentUnit_1|SubUnit_01"
    with hearing(broker.port, "aquaculture/+/probe") as ear:
        ended = command("replay", "aquaculture", "--speed", "max", "--port", broker.port, "--unit", unit)
        wait_for(lambda: len(ear.told) == int(ended.out.split()[1].replace(",", "")))
        heard = ear.about("/probe")
    assert ended.code == 0 and ended.out.startswith("published")
    assert [said["seq"] for said in heard] == list(range(len(heard))) and len(heard) > 1400
    assert heard[0]["time"] == "2025-01-01T00:00:00Z" and set(heard[0]["values"]) == {"oxygen"}


def test_a_folder_of_one_s_own_leaves_the_installation_alone(command: Command, broker: Broker, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    simulated(command, "--out", folder)
    told = ("--raw", folder, "--duplicates", 0.5, "--lose", 0.1, "--shuffle", 3, "--seed", 1)
    ended = command("replay", "aquaculture", "--speed", "max", "--port", broker.port, *told)
    assert ended.code == 0
    assert all(name in ended.out for name in ("published", "duplicated", "lost", "delayed"))
    assert not list(tmp_path.glob("home/sources/aquaculture*.json"))


def test_without_a_recording_nothing_is_played(command: Command) -> None:
    ended = command("replay", "turbofan", "--speed", "max")
    assert ended.code == 2 and "--raw" in ended.err


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "inf", "nan"])
def test_a_speed_is_a_number_above_nothing_or_max(command: Command, speed: str) -> None:
    ended = command("replay", "aquaculture", "--speed", speed)
    assert ended.code == 2 and "max" in ended.err


def test_a_broker_or_a_server_that_is_not_there_is_told_of(command: Command) -> None:
    simulated(command)
    over_mqtt = command("replay", "aquaculture", "--speed", "max", "--port", free_port())
    assert over_mqtt.code == 2 and "does not answer" in over_mqtt.err
    url = f"http://127.0.0.1:{free_port()}"
    over_http = command("replay", "aquaculture", "--speed", "max", "--over", "http", "--url", url)
    assert over_http.code == 2 and "no server answers" in over_http.err
