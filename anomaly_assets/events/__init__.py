"""Detections above the threshold in a database, SQLite or PostgreSQL, whatever happens: queue, tables, migrations."""

from .event import Event
from .recorder import Recorder
from .store import EventStore

__all__ = ["Event", "EventStore", "Recorder"]
