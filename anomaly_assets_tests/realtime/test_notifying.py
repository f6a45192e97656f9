"""People hear of an incident while it is heard, once, whoever tells it; who can't be told delays no reading."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from anomaly_assets.pipelines.incidents import fleet_incidents, incident_days, tell_people
from anomaly_assets_tests.notifications.servers import HANG, Taken, http_server, mail_server

from .broker import Broker, wait_for
from .conftest import Heard, listening, play
from .ponds import Ponds
from .speaking import publish

ALL = {"states": ["open", "resolved", "expired"]}
HOOK = {"kind": "webhook", "url_env": "HOOK"}


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    with http_server() as server:
        monkeypatch.setenv("HOOK", server.url)
        yield server


def configure(ponds: Ponds, timeout: str = "500ms", **channels: dict[str, Any]) -> None:
    """Name channels; a recording of a year ago is no history here."""
    written = {"channels": channels, "recent": "36500d", "most": 500, "timeout": timeout, "back_off": "1ms"}
    (Path(ponds.site.platform.configs) / "notifications.yaml").write_text(yaml.safe_dump(written))


def told_of(server: Taken) -> list[tuple[str, str]]:
    """Incidents and states that a server was told of, in no order."""
    return sorted(
        (incident["incident_id"], incident["state"])
        for message in list(server.messages)
        for incident in message["incidents"]
    )


def heard(ponds: Ponds, listener: Heard) -> bool:
    """Whether the recording is scored but for what waits for later readings, and incidents of it are kept."""
    whole = listener.counts["windows"] >= ponds.scores.height - 20
    return whole and not fleet_incidents(ponds.site, ponds.fleet).is_empty()


def test_an_incident_is_told_while_the_listener_listens_and_by_nobody_again(
    ponds: Ponds, broker: Broker, hook: Taken
) -> None:
    configure(ponds, chat=HOOK | ALL)
    site, fleet = ponds.site, ponds.fleet
    with listening(ponds, broker, notify_every="200ms") as listener:
        play(ponds, broker)
        wait_for(lambda: len(hook.messages) > 0 and heard(ponds, listener))
    assert any(re.match(r"people were told of \d+ incidents in \d+ messages", line) for line in listener.said)
    told = told_of(hook)
    assert {name for name, _ in told} == set(fleet_incidents(site, fleet)["incident_id"])
    assert len(told) == len(set(told)), "no state of one is told twice"
    with listening(ponds, broker):
        pass
    assert told_of(hook) == told, "nor by the next run"
    known = set(site.events.told("chat").select("incident_id", "state").iter_rows())
    incident_days(site, fleet, ponds.plant.span)
    scored = fleet_incidents(site, fleet)
    assert set(scored["source"]) == {"scores"}
    found = tell_people(site, fleet)
    assert set(told_of(hook)) - set(told) == set(scored.select("incident_id", "state").iter_rows()) - known
    assert (found.warnings, found.incidents < scored.height) == ([], True), "the asset tells what is left to be told"
    assert len(told_of(hook)) == len(set(told_of(hook)))


def test_nobody_is_told_where_nobody_wants_to_be(ponds: Ponds, broker: Broker, hook: Taken) -> None:
    with listening(ponds, broker, notify_every="200ms") as listener:
        play(ponds, broker)
        wait_for(lambda: heard(ponds, listener))
    assert hook.asked == 0 and not any("people" in line for line in listener.said)


def test_a_mail_server_that_never_answers_delays_no_window(ponds: Ponds, broker: Broker) -> None:
    with mail_server(HANG) as mail:
        way = {"kind": "smtp", "host": "127.0.0.1", "port": mail.port, "from": "a@b.org", "to": ["c@d.org"]}
        configure(ponds, timeout="60s", duty=way | {"starttls": False})
        with listening(ponds, broker, notify_every="100ms", stop_within="2s") as listener:
            play(ponds, broker)
            wait_for(lambda: mail.asked == 1 and heard(ponds, listener))
            publish(broker.port, [("ponds/unit_01/probe", b"?")])
            wait_for(lambda: listener.counts["quarantined"] == 1)
            assert mail.messages == [], "it still hangs"
            begun = time.monotonic()
            listener.end()
        assert time.monotonic() - begun < 20, "nor does it keep the listener from ending"
    assert any("people are still being told" in line for line in listener.said)


def test_who_was_away_is_told_when_he_is_back(ponds: Ponds, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(*[503] * 9, 200) as server:
        monkeypatch.setenv("HOOK", server.url)
        configure(ponds, chat=HOOK | ALL)
        with listening(ponds, broker, notify_every="100ms") as listener:
            play(ponds, broker)
            wait_for(lambda: heard(ponds, listener) and len(server.messages) > 0)
        told = told_of(server)
    assert {name for name, _ in told} == set(fleet_incidents(ponds.site, ponds.fleet)["incident_id"])
    assert len(told) == len(set(told))
    assert sum("people can't be told of incidents now" in line for line in listener.said) == 1
