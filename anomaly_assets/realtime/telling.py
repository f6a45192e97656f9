"""What is told: scored windows and incidents by MQTT, alarms as events. All of it is in the journal before.

What the journal doesn't know to be told is told again after a crash; every message names unit and window, every event
counts once.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from ..config import FleetConfig
from ..errors import EventRefusedError
from ..events import Event
from .client import Outgoing
from .connection import Connection
from .journal import (
    Journal,
    note_incidents_published,
    note_published,
    note_recorded,
    unpublished,
    unpublished_incidents,
    unrecorded,
)
from .topics import Topics


class Records(Protocol):
    """Keeps events."""

    def record(self, events: list[Event]) -> None:
        """Return once they are durable."""
        ...


@dataclass
class Telling:
    """Tells the world, round by round.

    Attributes
    ----------
    fleet, journal, topics : whose, and where.
    connection : to the broker.
    records : where events go.
    at_once : messages on their way together.
    tell : told of an alarm that no database would keep.
    """

    fleet: FleetConfig
    journal: Journal
    topics: Topics
    connection: Connection
    records: Records
    at_once: int
    tell: Callable[[str], None] = lambda line: None

    def record(self) -> bool:
        """Make events of alarms; returns whether there were any."""
        numbers, alarms = unrecorded(self.journal, self.at_once)
        if numbers:
            self.records.record(list(self._events(alarms)))
            note_recorded(self.journal, numbers)
        return bool(numbers)

    def _events(self, alarms: pl.DataFrame) -> Iterator[Event]:
        for row in alarms.iter_rows(named=True):
            try:
                yield event_of(self.fleet.fleet, row)
            except EventRefusedError as error:
                self.tell(f"an alarm of {row['unit_id']} can't become an event: {error}")

    def publish(self, ended: Callable[[], bool]) -> bool:
        """Publish what waits; returns whether something did.

        Parameters
        ----------
        ended : whether waiting for the broker is to end.
        """
        numbers, windows = unpublished(self.journal, self.at_once)
        done = self.connection.publish([self._score(row) for row in windows.iter_rows(named=True)], ended)
        note_published(self.journal, numbers[:done])
        incidents = unpublished_incidents(self.journal)
        told = self.connection.publish([self._incident(row) for row in incidents.iter_rows(named=True)], ended)
        note_incidents_published(self.journal, incidents.head(told))
        return bool(numbers) or incidents.height > 0

    def _score(self, row: dict[str, Any]) -> Outgoing:
        return Outgoing(self.topics.score(row["unit_id"]), json.dumps(score_of(row)))

    def _incident(self, row: dict[str, Any]) -> Outgoing:
        return Outgoing(self.topics.incident(row["unit_id"]), json.dumps(incident_of(row)), retain=True)


def event_of(fleet: str, row: dict[str, Any]) -> Event:
    """Make the event of an alarming window."""
    return Event(
        fleet=fleet,
        sensor_id=row["unit_id"],
        detected_at=row["window_end"],
        anomaly_score=row["score"],
        is_anomaly=row["is_anomaly"],
        confidence=row["confidence"],
        model_version=model_version(row),
    )


def score_of(row: dict[str, Any]) -> dict[str, Any]:
    """Say what is published of a scored window."""
    told = {"unit": row["unit_id"], "window_start": instant(row["window_start"])}
    told |= {"window_end": instant(row["window_end"]), "score": row["score"], "threshold": row["threshold"]}
    told |= {"is_anomaly": row["is_anomaly"], "confidence": row["confidence"], "model_version": model_version(row)}
    return told | ({"top_sensor": row["top_sensor"]} if row["top_sensor"] else {})


def incident_of(row: dict[str, Any]) -> dict[str, Any]:
    """Say what is published of an incident; what is not known is left out."""
    said = {"unit_id": "unit"}
    told = {said.get(name, name): value for name, value in row.items() if value is not None}
    told = {name: instant(value) if isinstance(value, datetime) else value for name, value in told.items()}
    told["model_version"] = model_version(row)
    del told["detector"]
    return told


def model_version(row: dict[str, Any]) -> str:
    """Name the version as events and answers do: ``deviation_v3``."""
    return f"{row['detector']}_v{row['model_version']}"


def instant(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
