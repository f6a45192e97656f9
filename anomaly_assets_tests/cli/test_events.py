"""Events are listed, what waits is told and delivered, and tables are migrated from the command line."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from anomaly_assets.config import Platform, platform
from anomaly_assets.events import Event, EventStore, Recorder
from anomaly_assets_tests.services import fresh_database

from .conftest import Command

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "open-sesame"


def event(hours_ago: int, unit: str = "pump 1", fleet: str = "pump_loop", confidence: float = 0.99) -> Event:
    return Event(fleet, unit, NOW - timedelta(hours=hours_ago), 10 + hours_ago / 8, True, confidence, "deviation_v3")


@pytest.fixture
def kept(installation: Platform) -> list[Event]:
    """Four events in the installation's own database."""
    events = [event(50), event(30, "pump 2"), event(2), event(1, "gauge", "river", 0.999_99)]
    store = EventStore(installation.events_url)
    store.insert(events)
    store.close()
    return events


def units(out: str) -> list[str]:
    return [row["sensor_id"] for row in json.loads(out)]


def test_the_latest_events_come_first(kept: list[Event], command: Command) -> None:
    listed = command("events")
    assert listed.code == 0, listed.err
    lines = [line for line in listed.out.splitlines() if "deviation_v3" in line]
    assert [line.split()[0] for line in lines] == ["river", "pump_loop", "pump_loop", "pump_loop"]
    assert f"{kept[3].detected_at:%Y-%m-%d %H:%M:%S}" in lines[0] and "0.99999" in lines[0]
    assert units(command("events", "--limit", 2, "--json").out) == ["gauge", "pump 1"]


def test_events_are_chosen_by_fleet_unit_and_time(kept: list[Event], command: Command) -> None:
    assert units(command("events", "pump_loop", "--json").out) == ["pump 1", "pump 2", "pump 1"]
    assert units(command("events", "pump_loop", "--unit", "pump 2", "--json").out) == ["pump 2"]
    assert units(command("events", "list", "pump_loop", "--since", "31h", "--json").out) == ["pump 1", "pump 2"]
    moment = kept[2].detected_at.isoformat()
    assert units(command("events", "--since", moment, "--json").out) == ["gauge", "pump 1"]
    assert "No such event" in command("events", "river", "--unit", "nosuch").out


def test_json_tells_every_value(kept: list[Event], command: Command) -> None:
    (row,) = json.loads(command("events", "river", "--json").out)
    assert row.pop("created_at")
    assert Event(**row | {"detected_at": datetime.fromisoformat(row["detected_at"])}) == kept[3]


@pytest.mark.parametrize("arguments", [("nosuch",), ("river", "--since", "lately"), ("river", "--limit", "0")])
def test_a_persons_mistake_ends_with_two(command: Command, arguments: tuple[str, ...]) -> None:
    ended = command("events", *arguments)
    assert ended.code == 2 and ended.err.strip() and "Traceback" not in ended.err


@pytest.fixture
def away(installation: Platform, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Two events that wait for a database at which nobody listens."""
    monkeypatch.setenv("ANOMALY_EVENTS_URL", f"postgresql://me:{SECRET}@127.0.0.1:1/events")
    recorder = Recorder(platform().events_url, installation.events_queue)
    recorder.record([event(2), event(1)])
    return recorder


def test_what_waits_is_told_with_the_reason_and_without_the_password(away: Recorder, command: Command) -> None:
    told = command("events", "queue", "--deliver", "--timeout", "2")
    assert told.code == 1
    assert "2, the first since" in told.out and "does not answer" in told.out and "127.0.0.1:1/events" in told.out
    listed = command("events")
    assert listed.code == 2 and "does not answer" in listed.err
    assert SECRET not in told.out + told.err + listed.out + listed.err


def test_what_waits_is_delivered_on_request(
    away: Recorder, command: Command, installation: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANOMALY_EVENTS_URL")
    assert "not listed are 2 that wait" in command("events").err
    delivered = command("events", "queue", "--deliver")
    assert delivered.code == 0, delivered.err
    assert "delivered now" in delivered.out and "trouble" not in delivered.out
    listed = command("events", "--json")
    assert units(listed.out) == ["pump 1", "pump 1"] and not listed.err


def test_what_was_set_aside_is_told_and_lined_up_again(
    installation: Platform, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database() as url, psycopg.connect(url, autocommit=True) as connection:
        monkeypatch.setenv("ANOMALY_EVENTS_URL", url)
        EventStore(url).migrate()
        connection.execute("ALTER TABLE anomaly_events ADD CONSTRAINT sure CHECK (confidence < 0.9)")
        Recorder(url, installation.events_queue).record([event(2), event(1, confidence=0.5)])
        told = command("events", "queue", "--deliver")
        assert told.code == 0 and "violates check constraint" in told.out and "--again" in told.out
        assert len(units(command("events", "--json").out)) == 1
        connection.execute("ALTER TABLE anomaly_events DROP CONSTRAINT sure")
        assert "Lined up again: 1" in command("events", "queue", "--again", "--deliver").out
        assert len(units(command("events", "--json").out)) == 2


def test_tables_are_brought_up_to_date_and_back(command: Command, installation: Platform) -> None:
    assert "from nothing to revision 0002" in command("events", "migrate").out
    assert "at revision 0002 already" in command("events", "migrate").out
    assert "is at revision 0001" in command("events", "migrate", "--down", "0001").out
    assert "from 0001 to revision 0002" in command("events", "migrate").out
    refused = command("events", "migrate", "--down", "nosuch")
    assert refused.code == 2 and "no such revision" in refused.err


def test_a_fleet_that_is_called_as_a_command_is_asked_for_by_list(command: Command, installation: Platform) -> None:
    fleets = installation.configs / "fleets"
    Path(fleets / "queue.yaml").write_text((fleets / "river.yaml").read_text().replace("fleet: river", "fleet: queue"))
    assert "No such event" in command("events", "list", "queue").out
    assert "waiting" in command("events", "queue").out


def test_the_help_loads_no_library_of_databases() -> None:
    code = (
        "import sys\nfrom anomaly_assets.cli import main\nmain(['events', '--help'])\n"
        "print('LOADED', *(name for name in ('sqlalchemy', 'psycopg', 'alembic', 'polars') if name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1] == "LOADED" and "migrate" in ended.stdout
