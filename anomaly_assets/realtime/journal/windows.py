"""Scored windows, each written once; and which of them the world has not been told of yet."""

from collections.abc import Mapping, Sequence

import polars as pl

from .journal import Journal


def keep_windows(journal: Journal, scored: pl.DataFrame, until: Mapping[str, int]) -> int:
    """Write scored windows, and with them how far each unit has come; returns how many were new.

    Parameters
    ----------
    scored : columns of the journal's windows.
    until : by unit, the start of the first window that isn't scored now.
    """
    columns = list(journal.columns["windows"])
    rows = scored.select(columns).with_columns(pl.col(pl.Datetime).dt.epoch("us"))
    names = ", ".join(f'"{name}"' for name in ("unpublished", "unrecorded", *columns))
    places = ", ".join("?" * (len(columns) + 2))
    alarming = rows["is_anomaly"].to_list()
    with journal.lock:
        with journal.writing() as (connection, counted):
            before = connection.total_changes
            connection.executemany(
                f"INSERT OR IGNORE INTO windows ({names}) VALUES ({places})",
                [(True, alarm, *row) for alarm, row in zip(alarming, rows.rows(), strict=True)],
            )
            new = connection.total_changes - before
            connection.executemany(
                "UPDATE units SET next = ? WHERE unit = ?", [(at, name) for name, at in until.items()]
            )
            counted.update(windows=new, scored_again=rows.height - new, alarms=sum(alarming))
        for name, at in until.items():
            journal.units[name].next = at
    return new


def unpublished(journal: Journal, at_most: int) -> tuple[list[int], pl.DataFrame]:
    """Give the oldest windows that have not been published: their numbers, and they themselves."""
    return _waiting(journal, "unpublished", at_most)


def unrecorded(journal: Journal, at_most: int) -> tuple[list[int], pl.DataFrame]:
    """Give the oldest alarming windows that have not become events: their numbers, and they themselves."""
    return _waiting(journal, "unrecorded", at_most)


def note_published(journal: Journal, numbers: Sequence[int]) -> None:
    """Note that windows have been published."""
    _done(journal, "unpublished", numbers)


def note_recorded(journal: Journal, numbers: Sequence[int]) -> None:
    """Note that windows have become events."""
    _done(journal, "unrecorded", numbers)


def waiting(journal: Journal) -> tuple[int, int]:
    """Count the windows that wait to be published, and those that wait to become events."""
    counted = [journal.rows(f"SELECT count(*) FROM windows WHERE {flag}") for flag in ("unpublished", "unrecorded")]
    return counted[0][0][0], counted[1][0][0]


def _waiting(journal: Journal, flag: str, at_most: int) -> tuple[list[int], pl.DataFrame]:
    numbers = [row[0] for row in journal.rows(f"SELECT n FROM windows WHERE {flag} ORDER BY n LIMIT ?", (at_most,))]
    if not numbers:
        return [], journal.frame("windows", "0")
    return numbers, journal.frame("windows", f"{flag} AND n BETWEEN ? AND ? ORDER BY n", (numbers[0], numbers[-1]))


def _done(journal: Journal, flag: str, numbers: Sequence[int]) -> None:
    if numbers:
        with journal.writing() as (connection, _):
            connection.executemany(f"UPDATE windows SET {flag} = 0 WHERE n = ?", [(number,) for number in numbers])
