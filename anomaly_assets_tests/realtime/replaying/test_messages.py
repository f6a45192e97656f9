"""A recording as messages: in order of time, numbered by topic, with just the trouble that was asked for."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anomaly_assets.config import RealtimeConfig
from anomaly_assets.realtime.replaying.messages import Numbered, Trouble, Troubled, numbered
from anomaly_assets.realtime.replaying.recording import Told
from anomaly_assets.realtime.topics import Topics
from anomaly_assets_tests.conftest import small_fleet

START = datetime(2024, 3, 1, tzinfo=UTC)


def recording(count: int, units: int = 2) -> list[Told]:
    return [Told(f"u{n % units}", START + n * timedelta(seconds=1), {"a": n + 0.5, "b": -n}) for n in range(count)]


def topics(topic: str = "x/{unit}") -> Topics:
    return Topics(small_fleet(), RealtimeConfig(topic=topic))


def said(messages: list[Numbered]) -> list[tuple[str, Any]]:
    return [(one.topic, json.loads(one.payload)) for one in messages]


def test_every_reading_is_a_message_with_a_number_of_its_topic() -> None:
    told = said(list(numbered(recording(3), topics())))
    assert told[0] == ("x/u0", {"time": "2024-03-01T00:00:00Z", "seq": 0, "values": {"a": 0.5, "b": 0}})
    assert [(topic, one["seq"]) for topic, one in told] == [("x/u0", 0), ("x/u1", 0), ("x/u0", 1)]


def test_sensors_with_topics_of_their_own_have_messages_of_their_own() -> None:
    told = said(list(numbered(recording(2, units=1), topics("x/{unit}/{sensor}"))))
    assert told[:2] == [
        ("x/u0/a", {"time": "2024-03-01T00:00:00Z", "seq": 0, "value": 0.5}),
        ("x/u0/b", {"time": "2024-03-01T00:00:00Z", "seq": 0, "value": 0}),
    ]
    assert [one["seq"] for _, one in told] == [0, 0, 1, 1]


def test_without_trouble_nothing_is_changed() -> None:
    messages = list(numbered(recording(50), topics()))
    quiet = Troubled(messages, Trouble())
    assert list(quiet) == messages
    assert quiet.counts == {"sent": 50, "delayed": 0}


def test_trouble_is_what_was_asked_for_and_the_same_every_time() -> None:
    messages = list(numbered(recording(5000), topics()))
    trouble = Trouble(duplicates=0.1, lost=0.05, shuffle=4, within=20, seed=1)
    troubled = Troubled(messages, trouble)
    came = list(troubled)
    seen, counts = Counter(came), troubled.counts
    assert counts["sent"] == len(came) == 5000 - counts["lost"] + counts["duplicated"]
    assert len(seen) == 5000 - counts["lost"] and sum(n == 2 for n in seen.values()) == counts["duplicated"]
    assert 150 < counts["lost"] < 350 and 350 < counts["duplicated"] < 650 and counts["delayed"] > 500
    assert came == list(Troubled(messages, trouble)) != list(Troubled(messages, Trouble(seed=2, lost=0.05)))


@pytest.mark.parametrize("shuffle", [1, 4])
def test_a_message_is_no_later_than_was_asked_for(shuffle: int) -> None:
    messages = list(numbered(recording(1000), topics()))
    place = {message: number for number, message in enumerate(messages)}
    late, latest = 0, 0
    for message in Troubled(messages, Trouble(shuffle=shuffle, seed=3)):
        late, latest = max(late, latest - place[message]), max(latest, place[message])
    assert 0 < late <= shuffle
