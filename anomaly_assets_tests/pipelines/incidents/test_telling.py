"""People hear of what is new, once; whoever can't be reached hears of it later and harms nobody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from anomaly_assets.pipelines import Site
from anomaly_assets.pipelines.incidents import acknowledge, fleet_incidents, tell_people
from anomaly_assets_tests.incidents.scored import hour
from anomaly_assets_tests.notifications.servers import Taken, http_server, mail_server

from .scored import days, materialise, ponds, told

FLEET = ponds()
NOW = hour(50)


@pytest.fixture
def hook(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    """A webhook that is named in the installation's file; nothing is scored yet."""
    materialise(site, FLEET, told(site, u=" "), days(0, 20))
    with http_server() as server:
        monkeypatch.setenv("HOOK", server.url)
        configure(site, chat={"kind": "webhook", "url_env": "HOOK"})
        yield server


def configure(site: Site, most: int = 20, **channels: dict[str, Any]) -> None:
    written = {"channels": channels, "most": most, "timeout": "500ms", "back_off": "1ms"}
    (Path(site.platform.configs) / "notifications.yaml").write_text(yaml.safe_dump(written))


def scored(site: Site, hours: int = 48, **units: str) -> None:
    """Score two days: a blank is a window that is not there, and what is not said is normal."""
    whole = {unit: scores.ljust(hours, "0") for unit, scores in units.items()}
    materialise(site, FLEET, told(site, **whole), days(0, 3))


def heard(site: Site, server: Taken, now: datetime = NOW) -> list[tuple[str, int]]:
    """Tell people, and give what they heard: the news and of how many incidents."""
    before = len(server.messages)
    found = tell_people(site, FLEET, now=now)
    assert not found.warnings, found
    new = [(message["news"], len(message["incidents"])) for message in server.messages[before:]]
    assert (found.messages, found.incidents) == (len(new), sum(count for _, count in new))
    return new


def test_nobody_is_told_and_no_database_made_where_no_channel_is_named(site):
    scored(site, u="9")
    assert tell_people(site, FLEET, now=NOW).messages == 0
    assert not (site.platform.home / "events").exists()


def test_an_incident_is_told_when_it_opens_and_when_it_is_over_and_never_again(site, hook):
    scored(site, u="0" * 46 + "99")
    assert heard(site, hook) == [("open", 1)]
    scored(site, u="0" * 46 + "99")
    assert heard(site, hook) == []
    scored(site, hours=60, u="0" * 46 + "9999")
    assert heard(site, hook) == [("resolved", 1)]
    scored(site, hours=60, u="0" * 46 + "9999")
    assert heard(site, hook) == []


@pytest.mark.parametrize(("again", "news"), [("a", []), ("b", ["open"])])
def test_who_knows_of_an_incident_is_not_told_when_it_comes_back(site, hook, again, news):
    fleet = ponds(longest="3d", recurs_within="20h")
    scores = told(site, u="0" * 30 + "9" + "0" * 9 + "9")
    blamed = scores.with_columns(sensor_1=pl.Series(["a"] * 40 + [again]))
    for last in (31, 40, 41):
        materialise(site, fleet, blamed.head(last), days(0, 3))
        tell_people(site, fleet, now=hour(last))
    assert [message["news"] for message in hook.messages] == ["open", "resolved", *news]
    assert set(fleet_incidents(site, fleet, now=hour(41))["state"]) == {"open"} | ({"resolved"} if news else set())


def test_people_read_what_is_wrong_and_how_to_look_after_it(site, hook):
    scored(site, u="0" * 46 + "99")
    heard(site, hook)
    message = hook.messages[0]
    row = fleet_incidents(site, FLEET).row(0, named=True)
    for part in ("ponds: open, u", f"severity {row['severity']:.0f}", "2024-03-02 22:00 UTC", "deviation/1"):
        assert part in message["text"]
    assert f"incidents acknowledge ponds {row['incident_id']} --by" in message["text"]
    assert message["incidents"][0]["start"] == "2024-03-02T22:00:00+00:00"


def test_what_is_over_when_it_is_first_seen_is_told_once(site, hook):
    scored(site, u="0" * 30 + "99")
    assert [heard(site, hook), heard(site, hook)] == [[("resolved", 1)], []]


def test_who_only_hears_what_opens_hears_of_it_once_even_if_it_is_over(site, hook):
    configure(site, chat={"kind": "webhook", "url_env": "HOOK", "states": ["open"]})
    scored(site, u="0" * 30 + "99")
    assert [heard(site, hook), heard(site, hook)] == [[("resolved", 1)], []]


def test_what_somebody_looks_after_is_no_news_until_it_is_over(site, hook):
    scored(site, u="0" * 46 + "99")
    acknowledge(site, FLEET, fleet_incidents(site, FLEET)["incident_id"][0], "Ada")
    later = datetime.now(tz=NOW.tzinfo)
    configure(site, chat={"kind": "webhook", "url_env": "HOOK"})
    (Path(site.platform.configs) / "notifications.yaml").open("a").write("recent: 10000d\n")
    assert heard(site, hook, later) == []
    scored(site, hours=60, u="0" * 46 + "9999")
    assert heard(site, hook, later) == [("resolved", 1)]


def test_history_is_no_news(site, hook):
    scored(site, u="9" * 3 + "0" * 40 + "99999")
    assert heard(site, hook, now=hour(30 * 24)) == []
    assert heard(site, hook, now=hour(3 * 24 + 20)) == [("open", 1)]


def test_many_are_told_in_a_few_messages_the_severest_first(site, hook):
    configure(site, most=2, chat={"kind": "webhook", "url_env": "HOOK"})
    scored(site, **{f"u{number}": "0" * (3 * number) + "67896789"[number] for number in range(8)})
    assert heard(site, hook) == [("resolved", 1), ("resolved", 1), ("summary", 6)]
    told_of = [[incident["severity"] for incident in message["incidents"]] for message in hook.messages]
    assert min(told_of[0] + told_of[1]) >= max(told_of[2])
    assert heard(site, hook) == []


def test_an_event_of_the_whole_fleet_is_one_message(site, hook):
    scored(site, u="0" * 46 + "9", v="0" * 46 + "9", w="0" * 20 + "9")
    assert sorted(heard(site, hook)) == [("open", 2), ("resolved", 1)]


def test_a_channel_hears_of_its_own_fleets_and_of_what_is_severe_enough(site, hook):
    hear_all, others = {"kind": "webhook", "url_env": "HOOK"}, {"fleets": ["rivers"]}
    scored(site, u="0" * 20 + "6", v="0" * 30 + "9")
    mild, severe = sorted(fleet_incidents(site, FLEET)["severity"])
    configure(site, chat=hear_all | {"severity": (mild + severe) / 2}, elsewhere=hear_all | others)
    assert heard(site, hook) == [("resolved", 1)]
    assert hook.messages[0]["incidents"][0]["unit_id"] == "v"


def test_a_channel_that_fails_is_told_with_the_next_run_and_the_others_at_once(site, hook, monkeypatch):
    scored(site, u="0" * 20 + "9", v="0" * 30 + "9")
    with mail_server(450, 450, 450, 250) as mail:
        way = {"kind": "smtp", "host": "127.0.0.1", "port": mail.port, "from": "a@b.org", "to": ["c@d.org"]}
        configure(site, duty=way | {"starttls": False}, chat={"kind": "webhook", "url_env": "HOOK"})
        first = tell_people(site, FLEET, now=NOW)
        assert (len(hook.messages), mail.messages, len(first.warnings)) == (2, [], 1)
        assert "duty" in first.warnings[0] and "450" in first.warnings[0]
        assert mail.asked == 3, "after the first message it is left alone"
        second = tell_people(site, FLEET, now=NOW)
        assert (len(hook.messages), len(mail.messages), second.warnings) == (2, 2, [])
    assert {mail["Subject"].split(",")[1].strip() for mail in mail.messages} == {"u", "v"}


def test_the_asset_and_listeners_that_tell_at_once_tell_it_once(site, hook):
    scored(site, u="0" * 20 + "9", v="0" * 30 + "9", w="0" * 46 + "9")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: tell_people(site, FLEET, now=NOW), range(4)))
    assert (sum(one.messages for one in found), len(hook.messages)) == (3, 3)
    assert [one.warnings for one in found] == [[]] * 4


def test_neither_a_broken_file_nor_a_database_that_is_away_stops_anything(site, hook):
    scored(site, u="0" * 20 + "9")
    away = site.platform.model_copy(update={"events": "postgresql://nobody@127.0.0.1:1/none"})
    (warning,) = tell_people(Site(away), FLEET, now=NOW).warnings
    assert "does not answer" in warning or "away" in warning
    (Path(site.platform.configs) / "notifications.yaml").write_text("channels: {chat: {kind: pigeon}}")
    (warning,) = tell_people(site, FLEET, now=NOW).warnings
    assert "notifications.yaml" in warning and hook.messages == []
