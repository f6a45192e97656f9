"""A fair lock between processes and threads: readers share, writers exclude, everybody in the order of arrival.

Who arrives draws a numbered ticket: an empty file in the lock's folder, ``flock``-ed by its owner for as long as it
waits or works. A writer waits for every ticket before its own, a reader for the writers' tickets before its own, so
neither can starve the other. The kernel drops the ``flock`` of a process that dies, whatever killed it; its ticket
is then nobody's and is swept by the next arrival. A child made by ``fork`` holds nothing. Local disks only.
Nothing about warehouses or tables belongs here.
"""

import fcntl
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..errors import LockTimeoutError

_TICKET = re.compile(r"(\d+)-(reader|writer)-(\d+)")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.01


class FileLock:
    """First come, first served, for readers and writers of one file.

    Not re-entrant: a thread that asks again inside its own turn waits for itself until the timeout.

    Parameters
    ----------
    folder : where the tickets lie; made when needed, shared by everybody who wants the same lock.
    timeout : seconds to wait for one's turn.
    """

    def __init__(self, folder: Path, timeout: float = 300.0) -> None:
        self.folder, self.timeout = folder, timeout

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait for one's turn to read; other readers may have theirs at the same time.

        Raises
        ------
        LockTimeoutError
            If an earlier writer is not done in time; the message names its process.
        """
        with self._turn("reader"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for one's turn to write; nobody else has one meanwhile.

        Raises
        ------
        LockTimeoutError
            If an earlier reader or writer is not done in time; the message names its process.
        """
        with self._turn("writer"):
            yield

    @contextmanager
    def _turn(self, role: str) -> Iterator[None]:
        deadline = time.monotonic() + self.timeout
        with ExitStack() as mine:
            with ExitStack() as others:
                ahead = self._draw(role, deadline, mine, others)
                for ticket in ahead:
                    self._wait(ticket, fcntl.LOCK_SH, deadline)
            yield

    def _draw(self, role: str, deadline: float, mine: ExitStack, others: ExitStack) -> list["_Flocked"]:
        """Take the next number; return the living tickets that have to be waited for, oldest first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _Flocked(self.folder / "gate", os.O_CREAT | os.O_RDWR) as gate:
            self._wait(gate, fcntl.LOCK_EX, deadline)
            living = [others.enter_context(ticket) for ticket in self._living()]
            number = max((_parts(ticket.path)[0] for ticket in living), default=0) + 1
            path = self.folder / f"{number:012d}-{role}-{os.getpid()}"
            mine.enter_context(_Ticket(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)).take(fcntl.LOCK_EX)
        return [ticket for ticket in living if "writer" in (role, _parts(ticket.path)[1])]

    def _living(self) -> Iterator["_Flocked"]:
        for path in sorted(path for path in self.folder.iterdir() if _TICKET.fullmatch(path.name)):
            with suppress(FileNotFoundError):  # its owner left between the listing and now
                ticket = _Flocked(path, os.O_RDONLY)
                if not ticket.take(fcntl.LOCK_SH):
                    yield ticket
                    continue
                with ticket:
                    path.unlink(missing_ok=True)

    def _wait(self, file: "_Flocked", operation: int, deadline: float) -> None:
        pause = _FIRST_PAUSE
        while not file.take(operation):
            if time.monotonic() > deadline:
                raise self._too_late(file.path)
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _too_late(self, path: Path) -> LockTimeoutError:
        match = _TICKET.fullmatch(path.name)
        holder = f"a {match[2]} of process {match[3]}" if match else "an arrival still drawing its ticket"
        if match and int(match[3]) == os.getpid():
            holder += " (this process, another thread or an outer call)"
        return LockTimeoutError(
            f"{self.folder.name.removesuffix('.lock')} was not free within {self.timeout:g} s",
            found=f"{holder} holds it",
            remedy="wait for that process or end it (its hold ends with it), or allow a longer lock_timeout",
        )


def _parts(path: Path) -> tuple[int, str]:
    number, role, _ = path.name.split("-")
    return int(number), role


class _Flocked:
    """An open file of this process that may carry a ``flock``; children of ``fork`` lose it."""

    def __init__(self, path: Path, flags: int) -> None:
        self.path = path
        with _GUARD:
            self.descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
            _OPEN.add(self)

    def take(self, operation: int) -> bool:
        """Try once, without waiting."""
        try:
            fcntl.flock(self.descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> "_Flocked":
        return self

    def __exit__(self, *_: object) -> None:
        with _GUARD:
            if self in _OPEN:
                _OPEN.discard(self)
                self.leave()

    def leave(self) -> None:
        """Unlock for every copy of the descriptor, then close this one."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        os.close(self.descriptor)


class _Ticket(_Flocked):
    def leave(self) -> None:
        self.path.unlink(missing_ok=True)
        super().leave()


_GUARD = threading.Lock()
_OPEN: set[_Flocked] = set()


def _forget_in_child() -> None:
    for file in _OPEN:
        os.close(file.descriptor)
    _OPEN.clear()
    _GUARD.release()


os.register_at_fork(before=_GUARD.acquire, after_in_parent=_GUARD.release, after_in_child=_forget_in_child)
