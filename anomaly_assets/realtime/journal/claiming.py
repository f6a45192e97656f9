"""Which windows are to be scored next, and the readings that they need; what the journal needs no more is removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .journal import Journal, Unit


@dataclass(frozen=True)
class Due:
    """Windows of a unit that start in [since, until), microseconds since the epoch."""

    unit: str
    since: int
    until: int


def claim(
    journal: Journal, unit: str, until: Callable[[Unit], int], begins: Callable[[int], int], at_most: int
) -> Due | None:
    """Take a unit's complete windows, of about so many readings at most; None where there are none.

    What comes for them from now on is late. Stretches without readings cost nothing.

    Parameters
    ----------
    until : gives the start of a unit's first window that isn't complete.
    begins : gives the start of the window that a moment lies in.
    """
    with journal.lock:
        known = journal.units[unit]
        since = begins(known.first) if known.claimed is None else known.claimed
        end = until(known)
        if end <= since:
            return None
        beyond = journal.rows(
            "SELECT time FROM readings WHERE unit = ? AND time >= ? AND time < ? ORDER BY time LIMIT 1 OFFSET ?",
            (unit, since, end, at_most),
        )
        if beyond and begins(beyond[0][0]) > since:
            end = begins(beyond[0][0])
        known.claimed = end
    return Due(unit, since, end)


def give_back(journal: Journal, due: Due) -> None:
    """Let windows that could not be scored be claimed again."""
    with journal.lock:
        known = journal.units[due.unit]
        known.claimed = known.next


def readings_for(journal: Journal, due: Due, reach: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read what a unit's windows are made of, and what they look back on.

    Returns
    -------
    Times in order, (n_readings,), and readings, (n_readings, n_sensors) in the fleet's order; of one moment as they
    were numbered, else as they came.
    """
    rows = journal.rows(
        "SELECT time, cells FROM readings WHERE unit = ? AND time >= ? AND time < ? ORDER BY time, seq, n",
        (due.unit, due.since - reach, due.until),
    )
    times = np.array([time for time, _ in rows], dtype=np.int64)
    cells = np.frombuffer(b"".join(cells for _, cells in rows), dtype=np.float64)
    return times, cells.reshape(len(rows), len(journal.fleet.sensors))


def prune(journal: Journal, reach: int, keep: int, raised_until: Mapping[str, int]) -> None:
    """Remove readings that no window to come looks back on, and scored windows that nobody asks for any more.

    Parameters
    ----------
    reach : how far before a window's start readings matter, in microseconds.
    keep : how long a unit's scored windows are kept before the moment up to which its incidents have been raised.
    raised_until : that moment, by unit; windows of others are kept.
    """
    with journal.lock:
        kept = {name: unit.next - reach for name, unit in journal.units.items() if unit.next is not None}
        with journal.writing() as (connection, _):
            for name, moment in kept.items():
                connection.execute("DELETE FROM readings WHERE unit = ? AND time < ?", (name, moment))
                connection.execute("UPDATE units SET kept_from = ? WHERE unit = ?", (moment, name))
            old = [(name, moment - keep) for name, moment in raised_until.items()]
            told = "NOT unpublished AND NOT unrecorded"
            connection.executemany(f"DELETE FROM windows WHERE unit_id = ? AND window_start < ? AND {told}", old)
            over = "NOT unpublished AND NOT unkept AND state != 'open'"
            connection.executemany(f'DELETE FROM incidents WHERE unit_id = ? AND "end" < ? AND {over}', old)
        for name, moment in kept.items():
            journal.units[name].kept_from = moment


def aligned(readings: NDArray[np.float64], known: Sequence[str], wanted: Sequence[str]) -> NDArray[np.float64]:
    """Give the columns of the sensors that a version was trained on; one that the fleet has no more is silent."""
    if list(known) == list(wanted):
        return readings
    silent = np.full((len(readings), 1), np.nan)
    places = [list(known).index(name) if name in known else len(known) for name in wanted]
    return np.hstack([readings, silent])[:, places]
