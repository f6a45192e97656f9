"""What an error of a database means: it is away, it refuses this event, or something has to be mended there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from ..errors import EventError, EventRefusedError, EventsAwayError
from .address import Address

_REFUSING = ("22", "23", "P0001")
"""SQLSTATEs of a row's own fault: data exceptions, broken constraints, a trigger that raises."""

_NO_NUMBER_LEFT = "2200H"
"""The one data exception that is no row's own fault."""

_GONE = ("08", "57P", "53", "3D000", "28", "40", "57014", "25006", "55P03")
"""SQLSTATEs that another time may be without: no connection, shut down, no room, no such database, no entry yet."""

_REMEDIES = {
    "3D000": "create the database, or change ANOMALY_EVENTS_URL",
    "28": "check the user and the password of ANOMALY_EVENTS_URL or POSTGRES_USER and POSTGRES_PASSWORD",
    "42501": "give the user the right, or let its owner run: anomaly-assets events migrate",
}


@contextmanager
def asking(address: Address) -> Iterator[None]:
    """Turn what the database says into our errors; passwords are taken out.

    Raises
    ------
    EventsAwayError
        If it does not answer, or is not there yet.
    EventRefusedError
        If it refuses a row for itself.
    EventError
        If it answers with anything else.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _meant(address, error.orig or error) from None
    except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error, OSError) as error:
        raise _meant(address, error) from None


def _meant(address: Address, error: BaseException) -> EventError:
    found = address.scrub(_first_line(error))
    if isinstance(error, psycopg.Error):
        return _by_state(address, error, found)
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError)):
        return EventRefusedError(f"the database of events at {address} refuses a row", found=found)
    return EventsAwayError(
        f"the database of events at {address} can't be used", found=found, remedy="check the file, its folder and disk"
    )


def _by_state(address: Address, error: psycopg.Error, found: str) -> EventError:
    state = error.sqlstate or ""
    by_row = state.startswith(_REFUSING) and state != _NO_NUMBER_LEFT
    if by_row or (not state and isinstance(error, psycopg.DataError)):
        return EventRefusedError(f"the database of events at {address} refuses a row", found=found)
    remedy = next((text for prefix, text in _REMEDIES.items() if state.startswith(prefix)), None)
    if not state or state.startswith(_GONE):
        remedy = remedy or "start it, or change ANOMALY_EVENTS_URL"
        return EventsAwayError(f"the database of events at {address} does not answer", found=found, remedy=remedy)
    return EventError(f"the database of events at {address} can't do what it is asked", found=found, remedy=remedy)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
