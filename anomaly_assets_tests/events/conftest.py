"""Databases of both kinds, made for one test and gone afterwards, and events to put there."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.events import Event, EventStore
from anomaly_assets_tests.services import fresh_database

BEGINNING = datetime(2025, 3, 1, tzinfo=UTC)


def event(number: int = 0, **changes: Any) -> Event:
    """An event; its number is its place in time."""
    values: dict[str, Any] = {
        "fleet": "ponds",
        "sensor_id": f"pond {number % 7}",
        "detected_at": BEGINNING + timedelta(minutes=number),
        "anomaly_score": 1.5 + number / 7,
        "is_anomaly": True,
        "confidence": 0.99,
        "model_version": "deviation_v3",
    }
    return Event(**values | changes)


@pytest.fixture
def postgres() -> Iterator[str]:
    with fresh_database() as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a folder' / 'events.sqlite'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def store(url: str) -> Iterator[EventStore]:
    with closing(EventStore(url)) as store:
        yield store
