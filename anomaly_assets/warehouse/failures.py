"""What DuckDB's and the system's errors mean to a person: one sentence and a remedy each.

Recognised by their words, since DuckDB gives most of them one class. Nothing is caught here.
"""

import re
from pathlib import Path

from ..errors import LockTimeoutError, WarehouseError

_HELD = re.compile(r"Could not set lock on file|different configuration than existing connections")
_HOLDER = re.compile(r"held in (\S+) \(PID (\d+)\)")

_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left|not enough space|Disk quota exceeded|File too large|max_temp_directory_size",
        "the disk of {path} is full",
        "free some space and run the same thing again; the rows that were there before are still there",
    ),
    (
        r"not a valid DuckDB database|sqlite|postgres_scanner|unrecognized storage",
        "{path} is no DuckDB file",
        "give another path, or move that file away; it was not touched",
    ),
    (
        r"newer version of DuckDB|older version of DuckDB|different version|storage version",
        "{path} was written by another version of DuckDB",
        "open it with that version and EXPORT DATABASE, or install the version that constraints.txt names",
    ),
    (
        r"WAL|[Rr]eplay",
        "the log beside {path} can't be replayed",
        "copy {path} and its .wal to a safe place, then move the .wal away (never delete it): the file opens again "
        "with what it held at its last checkpoint, and a backfill of the last days brings the rest",
    ),
    (
        r"[Cc]orrupt|checksum|[Ss]eriali[sz]ation",
        "{path} is damaged",
        "move it away, restore a copy or backfill into a new file",
    ),
    (
        r"[Oo]ut of [Mm]emory|failed to allocate|could not allocate",
        "the warehouse's memory_limit is too small for this",
        "use fewer days at once, or allow a larger memory_limit",
    ),
    (
        r"Permission denied|Read-only file system|Is a directory|Not a directory|Cannot open file",
        "{path} can't be opened",
        "check that it is a file in a folder that this user may write",
    ),
)


def is_held(error: Exception) -> bool:
    """Whether a client that does not know the fair lock has the file open."""
    return bool(_HELD.search(str(error)))


def held(error: Exception, path: Path, patience: float) -> LockTimeoutError:
    """Name the client that keeps the file open."""
    holder = _HOLDER.search(str(error))
    return LockTimeoutError(
        f"another DuckDB client kept {path} open for {patience:g} s",
        found=f"process {holder[2]} ({holder[1]})" if holder else "a connection of this very process",
        remedy="close that client, or open it only while nothing is written",
    )


def meaning(error: Exception, path: Path, aftermath: str = "") -> WarehouseError:
    """Say an error of DuckDB or the system in words; ``aftermath`` tells what became of the rows."""
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    words = str(error).replace(str(path), "")  # a folder's name must not be taken for a symptom
    known = next(((wrong, remedy) for pattern, wrong, remedy in _MEANINGS if re.search(pattern, words)), None)
    wrong, remedy = known or ("the warehouse {path} refused", "see what was found; nothing was changed")
    told = wrong.format(path=path) + (f"; {aftermath}" if aftermath else "")
    return WarehouseError(told, found=first, remedy=remedy.format(path=path))
