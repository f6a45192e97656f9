"""Many threads that each want something written durably, written in one transaction by whichever comes first."""

import threading
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import EventError

T = TypeVar("T")


@dataclass
class _Wish(Generic[T]):
    rows: Sequence[T]
    done: bool = False
    failed: Exception | None = None


class Together(Generic[T]):
    """Commits in groups: while one thread waits for the disk, others line up and share the next transaction.

    Parameters
    ----------
    write : writes rows in one transaction, and returns when they are on the disk.
    """

    def __init__(self, write: Callable[[list[T]], None]) -> None:
        self._write = write
        self._line: list[_Wish[T]] = []
        self._lining_up, self._writing = threading.Lock(), threading.Lock()

    def put(self, rows: Sequence[T]) -> None:
        """Return when the rows are written; raise what writing them raised."""
        wish = _Wish(rows)
        with self._lining_up:
            self._line.append(wish)
        with self._writing:
            if not wish.done:
                self._write_line()
        if wish.failed is not None:
            raise copy(wish.failed) from wish.failed

    def _write_line(self) -> None:
        with self._lining_up:
            line, self._line = self._line, []
        failed: Exception | None = EventError("recording was interrupted", remedy="record it again")
        try:
            self._write([row for wish in line for row in wish.rows])
            failed = None
        except Exception as error:
            failed = error
        finally:  # every thread in the line has to hear of it, whatever ended this one
            for wish in line:
                wish.done, wish.failed = True, failed
