"""What a fleet's file may say of its topics, and the installation's of its broker."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from anomaly_assets.config import BrokerConfig, RealtimeConfig, credentials, load_broker, load_fleets
from anomaly_assets.config.broker import PASSWORD, USER, VARIABLES
from anomaly_assets.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "configs"


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES.values(), USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)


def test_the_shipped_file_says_what_holds_without_a_file(tmp_path: Path) -> None:
    assert load_broker(SHIPPED) == load_broker(tmp_path) == BrokerConfig()


def test_some_shipped_fleets_are_listened_to() -> None:
    topics = {name: fleet.realtime.topic for name, fleet in load_fleets(SHIPPED / "fleets").items() if fleet.realtime}
    assert topics["engine_vibration"] == "aircraft/{unit}/engine/vibration"
    assert {"aquaculture", "turbofan"} <= topics.keys()


@pytest.mark.parametrize(
    ("topic", "why"),
    [
        ("ponds/probe", "names the unit"),
        ("ponds/{unit}/{unit}", "names a place twice"),
        ("ponds/{pond}/probe", r"holds {pond}; known are {unit}, {sensor}"),
        ("ponds/{unit}/#", "a level is plain text"),
        ("ponds/unit_{unit}/probe", "a level is plain text"),
        ("$SYS/{unit}", "no topic that devices publish to"),
        ("$share/ours/{unit}", "no topic that devices publish to"),
        ("///", "no topic that devices publish to"),
        ("", "no topic that devices publish to"),
        ("anomaly_assets/+/{unit}/score", "would come back"),
        ("+/+/+/+", "would come back"),
    ],
)
def test_a_topic_that_can_not_be_meant_is_refused(topic: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RealtimeConfig(topic=topic)


def test_every_unit_is_told_of_on_a_topic_of_its_own() -> None:
    with pytest.raises(ValidationError, match="every unit has a topic of its own"):
        RealtimeConfig(topic="a/{unit}", scores="told/{fleet}/scores")
    with pytest.raises(ValidationError, match="they need two topics"):
        RealtimeConfig(topic="a/{unit}", scores="told/{unit}", incidents="told/{unit}")


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "realtime.yaml").write_text("host: broker.example\nport: 8883\n")
    monkeypatch.setenv("ANOMALY_MQTT_HOST", "other.example")
    monkeypatch.setenv("ANOMALY_MQTT_CA", "/etc/ca.pem")
    read = load_broker(tmp_path)
    assert (read.host, read.port, read.ca, read.encrypted) == ("other.example", 8883, Path("/etc/ca.pem"), True)


def test_a_variable_that_is_no_port_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALY_MQTT_PORT", "mqtt")
    with pytest.raises(ConfigError, match="ANOMALY_MQTT_PORT"):
        load_broker(tmp_path)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("qos: 2", "qos"),
        ("cert: ours.pem", "cert and key belong together"),
        ("reconnect_after: 2m", "longer than reconnect_at_most"),
        ("password: secret", "unknown key password"),
    ],
)
def test_a_file_that_can_not_be_meant_is_refused(tmp_path: Path, written: str, why: str) -> None:
    (tmp_path / "realtime.yaml").write_text(written)
    with pytest.raises(ConfigError, match=why):
        load_broker(tmp_path)


def test_a_password_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "listener")
    monkeypatch.setenv(PASSWORD, "hush-hush")
    who = credentials()
    assert (who.user, who.password) == ("listener", "hush-hush")
    assert "hush" not in repr(who)
