"""What is remembered about a source between runs: one JSON file a fleet, replaced as a whole, under a lock of its own.

How it is brought up to date is in source.py.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import IngestError

VERSION = 1


@dataclass(frozen=True)
class SourceFile:
    """One raw file as it is remembered.

    Attributes
    ----------
    path : relative posix path.
    digest : fingerprint of what is staged of it; empty when nothing is.
    days : UTC day to number of readings and fingerprint of everything the file says about it.
    problem : why the file as it is now can't be read, or None.
    problem_day : the day under which that problem is listed.
    seen : fingerprint of the content that was last tried, staged or not.
    stamp : sizes and modification times when it was tried, with the moment of looking (nanoseconds).
    rules : fingerprint of the configuration it was parsed by.
    """

    path: str
    digest: str = ""
    days: dict[date, tuple[int, str]] = field(default_factory=dict)
    problem: str | None = None
    problem_day: date | None = None
    seen: str = ""
    stamp: tuple[tuple[int, int], ...] = ()
    looked: int = 0
    rules: str = ""

    @property
    def rows(self) -> int:
        """Readings in force."""
        return sum(rows for rows, _ in self.days.values())

    @property
    def first_day(self) -> date | None:
        """First UTC day with a reading."""
        return min((day for day, (rows, _) in self.days.items() if rows), default=None)

    @property
    def last_day(self) -> date | None:
        """Last UTC day with a reading."""
        return max((day for day, (rows, _) in self.days.items() if rows), default=None)


@dataclass(frozen=True)
class Memory:
    """A source as it is remembered: its folder, the one its fleet's file named then, and its files, by path."""

    folder: str = ""
    configured: str = ""
    files: dict[str, SourceFile] = field(default_factory=dict)


def load(path: Path) -> Memory:
    """Read what is remembered; nothing, when there is none or it is of another version."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            return Memory()
        files = {name: _file(name, item) for name, item in document["files"].items()}
        return Memory(document["folder"], document.get("configured", ""), files)
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError):
        # A damaged memory costs a second parsing of the raw files and nothing else.
        return Memory()


def save(memory: Memory, path: Path) -> None:
    """Replace what is remembered, whole or not at all.

    Raises
    ------
    IngestError
        If the disk is full or can't be written.
    """
    document = {"version": VERSION, "folder": memory.folder, "configured": memory.configured}
    document["files"] = {name: _item(file) for name, file in memory.files.items()}
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            json.dump(document, stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise IngestError(
            f"what was found can't be remembered in {path}",
            found=str(error),
            remedy="free some space, then run it again",
        ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a source's lock; others wait. The system releases it if the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _item(file: SourceFile) -> dict[str, Any]:
    item = {key: value for key, value in vars(file).items() if key != "path"}
    days = {day.isoformat(): list(said) for day, said in file.days.items()}
    return item | {"days": days, "problem_day": file.problem_day and file.problem_day.isoformat()}


def _file(name: str, item: dict[str, Any]) -> SourceFile:
    days = {date.fromisoformat(day): (int(rows), str(print_)) for day, (rows, print_) in item["days"].items()}
    listed = item["problem_day"] and date.fromisoformat(item["problem_day"])
    stamp = tuple((int(size), int(when)) for size, when in item["stamp"])
    return SourceFile(name, **(item | {"days": days, "problem_day": listed, "stamp": stamp}))
