"""Files that appear under their names whole and together, or not at all. What is in them is none of this module's.

Where the system can, a file has no name while it is written (Linux: open(2) with O_TMPFILE), so that a process that is
killed leaves nothing. Elsewhere it is called ``.NAME.PID.partial``; what the dead left of those is swept away.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ...errors import ScoringError

PARTIAL = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.partial")
_OPEN_FILES = Path("/proc/self/fd")
"""Where Linux gives a file without a name one."""


@contextmanager
def new_files(targets: Sequence[Path]) -> Iterator[list[BinaryIO]]:
    """Give files to write; they take their names, in this order, once every one of them lies complete on the disk.

    Parameters
    ----------
    targets : in one folder. What is called so is replaced, and stays as it is if anything fails before.

    Raises
    ------
    OSError
        If the folder can't be written to, or the disk is full.
    """
    made: list[_NewFile] = []
    try:
        for target in targets:
            made.append(_NewFile(target))
        yield [new.file for new in made]
        for new in made:
            new.complete()
        _put(made)
    finally:
        for new in made:
            new.drop()


@contextmanager
def unwritable(output: Path, what: str = "scores") -> Iterator[None]:
    """Turn a failure to write into a ScoringError that says what couldn't be, and that nothing was changed."""
    try:
        yield
    except OSError as error:
        raise ScoringError(
            f"the {what} can't be written to {output.parent}",
            found=os.strerror(error.errno) if error.errno else str(error),
            expected="a folder to write to, with room for about twice the CSV file that it makes",
            remedy="free some space or choose another --output; what lay there before is as it was, and nothing else",
        ) from error


def sweep(targets: Sequence[Path]) -> None:
    """Remove what runs that were killed have left of these files, where files need names while they are written."""
    for target in targets:
        for left in target.parent.glob(f".{target.name}.*.partial"):
            found = PARTIAL.fullmatch(left.name)
            if found and found["name"] == target.name and _abandoned(left, int(found["pid"])):
                left.unlink(missing_ok=True)


class _NewFile:
    """One file on its way: open, complete, put in place."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.named = target.with_name(f".{target.name}.{os.getpid()}.partial")
        self.file, self.unnamed = _opened(self.named)

    def complete(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())

    def put(self, folder: int) -> None:
        """Give it its name; one that is new is given in one step, one that is taken over in two."""
        if self.unnamed:
            with suppress(FileExistsError):
                _link(self.file, self.target.name, folder)
                return
            self.named.unlink(missing_ok=True)
            _link(self.file, self.named.name, folder)
        os.replace(self.named.name, self.target.name, src_dir_fd=folder, dst_dir_fd=folder)

    def drop(self) -> None:
        with suppress(OSError):  # what couldn't be flushed was told already
            self.file.close()
        self.named.unlink(missing_ok=True)


def _opened(named: Path) -> tuple[BinaryIO, bool]:
    """Open a file without a name; with one where the system or the file system knows no such files."""
    if hasattr(os, "O_TMPFILE") and _OPEN_FILES.is_dir():
        with suppress(OSError):
            return os.fdopen(os.open(named.parent, os.O_TMPFILE | os.O_RDWR, 0o666), "w+b"), True
    file = named.open("w+b")
    with suppress(OSError):  # a file system without locks: the process id alone says whose it is
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file, False


def _link(file: BinaryIO, name: str, folder: int) -> None:
    """Name a file that has none: linkat(2) with AT_SYMLINK_FOLLOW, which Python only uses with folders given."""
    os.link(_OPEN_FILES / str(file.fileno()), name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)


def _put(made: Sequence[_NewFile]) -> None:
    """Put complete files in place, under a lock, so that two runs with one output don't mix their files."""
    folder = os.open(made[0].target.parent, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        for new in made:
            new.put(folder)
        os.fsync(folder)
    finally:
        os.close(folder)


def _abandoned(left: Path, pid: int) -> bool:
    """Say whether nobody writes a partial file any more: its process is gone, here and on a machine that shares it."""
    if pid != os.getpid() and _alive(pid):
        return False
    try:
        with left.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
