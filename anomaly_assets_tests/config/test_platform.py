"""Where the installation keeps its things is said by the environment, and passwords in it are never shown."""

from pathlib import Path

import pytest

from anomaly_assets.config import Platform, platform

POSTGRES = {"POSTGRES_HOST": "db", "POSTGRES_USER": "me", "POSTGRES_PASSWORD": "p@ss/w:rd"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("EVENTS_URL", "CONFIGS"):
        monkeypatch.delenv(f"ANOMALY_{name}", raising=False)
    for name in ("HOST", "PORT", "DB", "USER", "PASSWORD"):
        monkeypatch.delenv(f"POSTGRES_{name}", raising=False)
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path))
    return monkeypatch


def test_events_are_kept_below_home_unless_a_database_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert platform().events_url == f"sqlite:///{tmp_path}/events/events.sqlite"
    assert platform().events_queue == tmp_path / "events" / "queue"
    environment.setenv("POSTGRES_PASSWORD", "alone it names nothing")
    assert platform().events is None


@pytest.mark.parametrize(
    ("named", "url"),
    [
        (POSTGRES, "postgresql://me:p%40ss%2Fw%3Ard@db:5432/anomaly_db"),
        ({"POSTGRES_HOST": "db"}, "postgresql://anomaly_user@db:5432/anomaly_db"),
        (POSTGRES | {"POSTGRES_PORT": "6543", "POSTGRES_DB": "a b"}, "postgresql://me:p%40ss%2Fw%3Ard@db:6543/a%20b"),
        ({"POSTGRES_HOST": "::1"}, "postgresql://anomaly_user@[::1]:5432/anomaly_db"),
        ({"POSTGRES_HOST": "/run/pg"}, "postgresql://anomaly_user@/anomaly_db?host=/run/pg&port=5432"),
        (POSTGRES | {"ANOMALY_EVENTS_URL": "sqlite:////x/y.sqlite"}, "sqlite:////x/y.sqlite"),
    ],
)
def test_a_database_is_named_by_url_or_in_parts(
    environment: pytest.MonkeyPatch, named: dict[str, str], url: str
) -> None:
    for name, value in named.items():
        environment.setenv(name, value)
    assert platform().events_url == url


def test_a_password_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    for name, value in POSTGRES.items():
        environment.setenv(name, value)
    shown = f"{platform()!r} {platform()}"
    assert "p@ss" not in shown and "p%40ss" not in shown


def test_an_installation_made_by_hand_keeps_its_events_to_itself(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("ANOMALY_EVENTS_URL", "postgresql://db/live")
    made = Platform(home=tmp_path, configs=tmp_path, tracking_uri="", warehouse=tmp_path)
    assert made.events_url == f"sqlite:///{tmp_path}/events/events.sqlite"
