"""The database of events: inserting, reading, and what people and channels were told of incidents.

How events reach it whatever happens is the recorder's; nothing here waits or tries again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from . import migrating, values
from .address import address_of, open_engine
from .copying import copy_rows
from .event import COLUMNS, Event, row_of
from .failures import asking
from .tables import ACKNOWLEDGEMENTS, ANOMALY_EVENTS, NOTIFICATIONS

MOMENT = pl.Datetime("us", "UTC")
EVENTS = {
    "fleet": pl.String,
    "sensor_id": pl.String,
    "detected_at": MOMENT,
    "anomaly_score": pl.Float64,
    "is_anomaly": pl.Boolean,
    "confidence": pl.Float64,
    "model_version": pl.String,
    "created_at": MOMENT,
}
ACKNOWLEDGED = {"incident_id": pl.String, "acknowledged_at": MOMENT, "acknowledged_by": pl.String, "note": pl.String}
TOLD = {"incident_id": pl.String, "channel": pl.String, "state": pl.String, "sent_at": MOMENT}
"""Columns of the frames that are given, and their types."""


class EventStore:
    """Events of all fleets in one database, SQLite or PostgreSQL.

    Nothing is opened before the first call; the first one also brings the tables up to date. Every method raises
    EventsAwayError if the database does not answer.

    Parameters
    ----------
    url : ``sqlite:////absolute/path`` or ``postgresql://user:password@host:port/database``; parts of libpq's
        connection strings may follow as a query, such as ``?sslmode=require``.
    patience : seconds to wait for a connection, or for another writer of a SQLite file.
    longest_statement : seconds after which a server gives a statement up.

    Raises
    ------
    ConfigError
        If the URL is of no such database.
    """

    def __init__(self, url: str, *, patience: float = 5.0, longest_statement: float = 30.0) -> None:
        self.address = address_of(url)
        self.patience, self.longest_statement = patience, longest_statement
        self._opening, self._current = Lock(), False

    def __repr__(self) -> str:
        return f"EventStore({str(self.address)!r})"

    def migrate(self, revision: str = "head") -> str | None:
        """Bring the tables up to date, from nothing or any earlier revision; give the revision they were at.

        Raises
        ------
        EventError
            If a newer version of the platform has been here, or the user may not make tables.
        """
        with asking(self.address):
            before = migrating.upgrade(self._engine, self.address, revision)
        self._current = revision == "head"
        return before

    def downgrade(self, revision: str = "base") -> None:
        """Take back what came after a revision, with its rows; the next use brings the tables up to date again."""
        with asking(self.address):
            migrating.downgrade(self._engine, self.address, revision)
        self._current = False

    def insert(self, events: Sequence[Event]) -> int:
        """Add events, all or none; one that is there already is left as it is.

        Returns
        -------
        int
            How many were new.

        Raises
        ------
        EventRefusedError
            If the database refuses one of them for itself; then none is added.
        """
        if not events:
            return 0
        rows = [row_of(event) for event in events]
        with self._transaction(writing=True) as connection:
            if self.address.path is None:
                return copy_rows(connection, rows)
            return int(connection.execute(_unless_there(ANOMALY_EVENTS, self._dialect), _named(rows)).rowcount)

    def events(
        self,
        fleet: str | None = None,
        sensor_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = 1000,
    ) -> pl.DataFrame:
        """Read events, the latest first.

        Parameters
        ----------
        fleet, sensor_id : of this fleet and unit only.
        start, end : detected from ``start`` until before ``end``.
        limit : how many at most; None for all.

        Returns
        -------
        pl.DataFrame
            The attributes of `Event` and ``created_at``, when the database got it.
        """
        table, bounds = ANOMALY_EVENTS.c, []
        for column, wanted in ((table.fleet, fleet), (table.sensor_id, sensor_id)):
            bounds += [column == values.text(column.name, wanted)] if wanted is not None else []
        bounds += [table.detected_at >= values.moment("start", start)] if start is not None else []
        bounds += [table.detected_at < values.moment("end", end)] if end is not None else []
        query = sa.select(*(table[name] for name in EVENTS)).order_by(table.detected_at.desc(), table.id.desc())
        return self._read(query.where(*bounds).limit(limit), EVENTS)

    def acknowledge(self, incident_id: str, at: datetime, by: str, note: str = "") -> bool:
        """Note that somebody has seen an incident; the first one counts. Tells whether this was the first."""
        row = {
            "incident_id": values.text("incident_id", incident_id, 256),
            "acknowledged_at": values.moment("at", at),
            "acknowledged_by": values.text("by", by, 128),
            "note": values.text("note", note) if note else "",
        }
        return self._add(ACKNOWLEDGEMENTS, row)

    def acknowledgements(self) -> pl.DataFrame:
        """Read who acknowledged which incident when: incident_id, acknowledged_at, acknowledged_by, note."""
        table = ACKNOWLEDGEMENTS.c
        query = sa.select(*(table[name] for name in ACKNOWLEDGED)).order_by(table.acknowledged_at, table.incident_id)
        return self._read(query, ACKNOWLEDGED)

    def note_told(self, incident_id: str, channel: str, state: str, at: datetime) -> bool:
        """Note that a channel was told of an incident's state; the first time counts. Tells whether this was it."""
        row = {
            "incident_id": values.text("incident_id", incident_id, 256),
            "channel": values.text("channel", channel, 64),
            "state": values.text("state", state, 32),
            "sent_at": values.moment("at", at),
        }
        return self._add(NOTIFICATIONS, row)

    def told(self, channel: str | None = None, incident_id: str | None = None) -> pl.DataFrame:
        """Read what was told: incident_id, channel, state, sent_at; of one channel or incident, or all."""
        table = NOTIFICATIONS.c
        wanted = ((table.channel, channel), (table.incident_id, incident_id))
        bounds = [column == name for column, name in wanted if name is not None]
        query = sa.select(*(table[name] for name in TOLD)).order_by(table.sent_at, table.incident_id)
        return self._read(query.where(*bounds), TOLD)

    def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        self._engine.dispose()

    def _add(self, table: sa.Table, row: dict[str, Any]) -> bool:
        with self._transaction(writing=True) as connection:
            first = _unless_there(table, self._dialect).returning(table.c.incident_id)
            return connection.execute(first, row).first() is not None

    def _read(self, query: sa.Select[Any], columns: dict[str, Any]) -> pl.DataFrame:
        with self._transaction(writing=False) as connection:
            rows = [tuple(row) for row in connection.execute(query)]
        return pl.DataFrame(rows, schema=columns, orient="row")

    @contextmanager
    def _transaction(self, writing: bool) -> Iterator[sa.Connection]:
        with self._opening:
            if not self._current:
                self.migrate()
        with asking(self.address), self._engine.execution_options(writing=writing).begin() as connection:
            yield connection

    @cached_property
    def _engine(self) -> sa.Engine:
        return open_engine(self.address, self.patience, self.longest_statement)

    @property
    def _dialect(self) -> Any:
        return postgresql if self.address.path is None else sqlite


def _unless_there(table: sa.Table, dialect: Any) -> Any:
    return dialect.insert(table).on_conflict_do_nothing()


def _named(rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
