"""The command ``listen``: what it needs before it listens; that it listens is claimed in realtime/test_storm.py."""

import pytest

from .conftest import Command


def test_a_fleet_without_topics_is_told_how_to_have_some(command: Command) -> None:
    ended = command("listen", "river")
    assert ended.code == 2
    assert "river does not say on which topics its readings come" in ended.err
    assert "realtime: {topic: river/{unit}/readings}" in ended.err


def test_a_fleet_without_a_champion_is_told_of(command: Command) -> None:
    ended = command("listen", "aquaculture")
    assert ended.code == 2 and "champion" in ended.err


@pytest.mark.parametrize("option", [("--until-idle", "soon"), ("--port", "0"), ("--metrics-port", "70000")])
def test_an_option_that_can_not_be_meant_is_refused(command: Command, option: tuple[str, str]) -> None:
    assert command("listen", "aquaculture", *option).code == 2
