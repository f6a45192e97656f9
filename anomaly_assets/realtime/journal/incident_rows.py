"""Incidents as they were last raised, and which of them the world and the warehouse have not been told of yet.

When alarms become an incident is told in ../raising.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from .journal import Journal

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def keep_incidents(journal: Journal, raised: pl.DataFrame) -> list[dict[str, Any]]:
    """Write incidents as they are now; returns those that are new.

    What has changed is to be kept in the warehouse; an incident is to be published when it is new, when its state
    changes, and when its severity reaches another whole number.
    """
    columns = list(journal.columns["incidents"])
    with journal.lock:
        before = {row["incident_id"]: row for row in journal.frame("incidents", "1").iter_rows(named=True)}
        waiting = {row[0] for row in journal.rows("SELECT incident_id FROM incidents WHERE unpublished")}
        rows, new = [], []
        for row in raised.select(columns).iter_rows(named=True):
            name = row["incident_id"]
            if before.get(name) != row:
                publish = name in waiting or _is_news(before.get(name), row)
                rows.append((publish, True, *map(_stored, row.values())))
                new += [row] * (name not in before)
        names = ", ".join(f'"{name}"' for name in ("unpublished", "unkept", *columns))
        places = ", ".join("?" * (len(columns) + 2))
        with journal.writing() as (connection, counted):
            connection.executemany(f"INSERT OR REPLACE INTO incidents ({names}) VALUES ({places})", rows)
            counted["incidents"] += len(new)
    return new


def _is_news(before: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    if before is None or before["state"] != now["state"]:
        return True
    return int(before["severity"]) < int(now["severity"])


def unpublished_incidents(journal: Journal) -> pl.DataFrame:
    """Give the incidents that are to be published, the oldest first."""
    return journal.frame("incidents", 'unpublished ORDER BY "start"')


def unkept_incidents(journal: Journal) -> pl.DataFrame:
    """Give the incidents that the warehouse doesn't know as they are."""
    return journal.frame("incidents", 'unkept ORDER BY "start"')


def note_incidents_published(journal: Journal, told: pl.DataFrame) -> None:
    """Note that incidents have been published as they stand in ``told``; one that has changed since waits again."""
    _done(journal, "unpublished", told)


def note_incidents_kept(journal: Journal, told: pl.DataFrame) -> None:
    """Note that the warehouse knows incidents as they stand in ``told``; one that has changed since waits again."""
    _done(journal, "unkept", told)


def incident_spans(journal: Journal) -> Sequence[tuple[str, int, int, bool]]:
    """Give unit, start, end and whether it was open of every incident, in microseconds since the epoch."""
    rows = journal.rows('SELECT unit_id, "start", "end", state FROM incidents')
    return [(unit, start, end, state == "open") for unit, start, end, state in rows]


def alarms_of(journal: Journal, unit: str, since: datetime) -> Sequence[tuple[int, int]]:
    """Give start and end of a unit's alarming windows from a moment on, in order, in microseconds since the epoch."""
    return journal.rows(
        "SELECT window_start, window_end FROM windows WHERE unit_id = ? AND window_start >= ? AND is_anomaly"
        " ORDER BY window_start",
        (unit, _stored(since)),
    )


def alarming_since(journal: Journal, number: int) -> dict[str, int]:
    """Give the units that have alarmed in windows after the one of this number, and the start of the first of those."""
    rows = journal.rows(
        "SELECT unit_id, min(window_start) FROM windows WHERE n > ? AND is_anomaly GROUP BY unit_id", (number,)
    )
    return dict(rows)


def last_window(journal: Journal) -> tuple[int, int]:
    """Give the number of the window that was written last, and the end of the latest one; zeros where there is none."""
    return journal.rows("SELECT coalesce(max(n), 0), coalesce(max(window_end), 0) FROM windows")[0]


def windows_of(journal: Journal, unit: str, since: int) -> pl.DataFrame:
    """Read a unit's scored windows from a moment on, in microseconds since the epoch."""
    return journal.frame("windows", "unit_id = ? AND window_start >= ? ORDER BY window_start", (unit, since))


def _done(journal: Journal, flag: str, told: pl.DataFrame) -> None:
    with journal.lock:
        stored = {row["incident_id"]: row for row in journal.frame("incidents", flag).iter_rows(named=True)}
        same = [row["incident_id"] for row in told.iter_rows(named=True) if stored.get(row["incident_id"]) == row]
        with journal.writing() as (connection, _):
            connection.executemany(f"UPDATE incidents SET {flag} = 0 WHERE incident_id = ?", [(name,) for name in same])


def _stored(value: object) -> object:
    return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value
