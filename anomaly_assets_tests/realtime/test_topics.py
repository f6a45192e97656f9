"""Topics name units and sensors, whatever these are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import RealtimeConfig
from anomaly_assets.errors import ConfigError
from anomaly_assets.realtime.topics import LONGEST_NAME, Place, Topics, realtime_of
from anomaly_assets_tests.conftest import small_fleet

NAMES = st.text(min_size=1, max_size=LONGEST_NAME).filter(lambda name: name == name.strip() and name.isprintable())


def topics(topic: str, **changes: object) -> Topics:
    return Topics(small_fleet(**changes), RealtimeConfig(topic=topic))


@pytest.mark.parametrize(
    ("topic", "pattern", "told", "place"),
    [
        ("aircraft/{unit}/engine/vibration", "aircraft/+/engine/vibration", "aircraft/7/engine/vibration", ("7", None)),
        ("aircraft/+/engine/vibration", "aircraft/+/engine/vibration", "aircraft/7/engine/vibration", ("7", None)),
        ("+/{unit}/{sensor}", "+/+/+", "hall/7/a", ("7", "a")),
        ("+/x/+", "+/x/+", "7/x/anything", ("7", None)),
    ],
)
def test_a_topic_tells_whom_it_is_about(topic: str, pattern: str, told: str, place: tuple[str, str | None]) -> None:
    assert topics(topic).pattern == pattern
    assert topics(topic).place(told) == Place(*place)


@given(NAMES, NAMES)
def test_any_name_goes_there_and_back(unit: str, sensor: str) -> None:
    both = topics("x/{unit}/{sensor}")
    told = both.reading(unit, sensor)
    assert both.place(told) == Place(unit, sensor)
    assert not {"#", "+"} & set(told) and told.count("/") == 2


def test_scores_and_incidents_have_topics_of_their_own() -> None:
    told = topics("x/{unit}")
    assert told.score("a/b") == "anomaly_assets/small/a%2Fb/score"
    assert told.incident("a/b") == "anomaly_assets/small/a%2Fb/incident"


@pytest.mark.parametrize("unit", ["", "   ", "x" * (LONGEST_NAME + 1), "two\nlines"])
def test_a_name_that_no_event_could_bear_is_nobody(unit: str) -> None:
    assert topics("x/{unit}").place(f"x/{unit}") is None


def test_units_are_called_as_the_fleet_s_file_calls_them() -> None:
    aliased = topics("x/{unit}", source={"format": "table", "folder": "raw", "unit": {"aliases": {"FB": "Franklin"}}})
    assert aliased.place("x/FB") == Place("Franklin", None)


def test_a_fleet_without_topics_is_told_how_to_have_some() -> None:
    with pytest.raises(ConfigError, match=r"realtime: {topic: small/{unit}/readings}"):
        realtime_of(small_fleet())
