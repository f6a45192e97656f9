"""Many rows into PostgreSQL in one go: COPY into a table of the session's own, and from there what is new."""

from collections.abc import Sequence

import sqlalchemy as sa

from .event import COLUMNS, Row

_TYPES = ("text", "text", "timestamptz", "float8", "bool", "float8", "text")
_NAMES = ", ".join(COLUMNS)
_INCOMING = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, _TYPES, strict=True))
_MAKE = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS anomaly_events_incoming (place serial, {_INCOMING}) ON COMMIT DELETE ROWS"
)
_COPY = f"COPY anomaly_events_incoming ({_NAMES}) FROM STDIN (FORMAT BINARY)"
_KEY = ("fleet", "sensor_id", "detected_at", "model_version")
_INSERT = f"""
INSERT INTO anomaly_events ({_NAMES}) SELECT {_NAMES} FROM anomaly_events_incoming AS incoming
WHERE NOT EXISTS (SELECT FROM anomaly_events AS there WHERE {" AND ".join(f"there.{k} = incoming.{k}" for k in _KEY)})
ORDER BY place ON CONFLICT DO NOTHING"""
"""Rows that are there already are left out before they draw an id, or replays would use all ids up."""


def copy_rows(connection: sa.Connection, rows: Sequence[Row]) -> int:
    """Add the rows that are new, in their order; the caller's transaction commits them.

    Returns
    -------
    int
        How many were new.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_MAKE)
        with cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute(_INSERT)
        return int(cursor.rowcount)
    finally:
        cursor.close()
